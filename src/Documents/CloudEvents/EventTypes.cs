namespace UnifiedVlm.Documents.CloudEvents;

/// <summary>The CloudEvents types that are ingested.</summary>
public static class EventTypes
{
    /// <summary>The data is the whole document.</summary>
    public const string Upsert = "com.unifiedvlm.document.upsert";

    /// <summary>The subject is the id of the document; there is no data.</summary>
    public const string Delete = "com.unifiedvlm.document.delete";
}
