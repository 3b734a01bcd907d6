namespace UnifiedVlm.Storage.Keys;

/// <summary>What a key may be used for. None of them includes another.</summary>
[Flags]
public enum KeyScopes
{
    None = 0,

    /// <summary>Search, answers, chat, vectors, and what is stored.</summary>
    Read = 1,

    /// <summary>Pushing and deleting documents, uploading pictures.</summary>
    Write = 2,

    /// <summary>Dead letters and erasure.</summary>
    Admin = 4,

    All = Read | Write | Admin,
}
