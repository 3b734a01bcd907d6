namespace UnifiedVlm.Storage.Subscriptions;

/// <summary>What of a document is compared with a saved query.</summary>
public enum SubscriptionMode
{
    /// <summary>The document as a whole, and each of its parts: the nearer one counts.</summary>
    Documents,

    /// <summary>Each of its parts.</summary>
    Parts,
}
