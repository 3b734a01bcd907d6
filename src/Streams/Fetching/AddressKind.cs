namespace UnifiedVlm.Streams.Fetching;

/// <summary>Whose an IP address is.</summary>
internal enum AddressKind
{
    /// <summary>A host on the internet.</summary>
    Public,

    /// <summary>A host of a private network, or this machine.</summary>
    Private,

    /// <summary>Nothing that a picture comes from, whatever the operator allows: cloud metadata, multicast, reserved, an IPv4 address inside one of version 6.</summary>
    Forbidden,
}
