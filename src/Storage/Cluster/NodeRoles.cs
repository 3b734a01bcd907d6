namespace UnifiedVlm.Storage.Cluster;

/// <summary>What a node does. Any mix; every node is the same program.</summary>
[Flags]
public enum NodeRoles
{
    None = 0,

    /// <summary>Reads sources and writes what they bring.</summary>
    Ingest = 1,

    /// <summary>Has a device, and lends it to nodes without one.</summary>
    Encode = 2,

    /// <summary>Searches and answers.</summary>
    Query = 4,

    /// <summary>Passes HTTP requests on to nodes that serve them.</summary>
    Gateway = 8,
}
