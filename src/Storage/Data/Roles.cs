namespace UnifiedVlm.Storage.Data;

/// <summary>
/// The database roles. Nobody logs in as one of them: the login role is a member of all and each connection changes into the one it needs,
/// so that row-level security is decided by what the connection is for.
/// </summary>
internal static class Roles
{
    /// <summary>Owns the schema and its tables; used for changing them only.</summary>
    public const string Owner = "uvlm_owner";

    /// <summary>Answers questions: reads one tenant at a time, the one in <c>app.tenant</c>.</summary>
    public const string App = "uvlm_app";

    /// <summary>Writes ranges that hold many tenants' documents.</summary>
    public const string Ingest = "uvlm_ingest";

    /// <summary>Owns the full-text function and reads nothing but what that needs.</summary>
    public const string FullText = "uvlm_fulltext";
}
