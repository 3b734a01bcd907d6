namespace UnifiedVlm.Server.Gateway;

/// <summary>What a request takes of the node that serves it.</summary>
internal enum RequestKind
{
    /// <summary>Nothing that is counted: pushes, pictures, listings. Any node serves it that does more than pass requests on.</summary>
    Other,

    /// <summary>Tokens of a node with the role query.</summary>
    Question,

    /// <summary>Tokens as well, and a place among a node's generations.</summary>
    Generation,
}
