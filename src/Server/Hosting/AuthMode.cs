namespace UnifiedVlm.Server.Hosting;

/// <summary>Who may call a node's HTTP interface.</summary>
internal enum AuthMode
{
    /// <summary>Everybody who reaches it.</summary>
    None,

    /// <summary>Who has a key.</summary>
    Keys,
}
