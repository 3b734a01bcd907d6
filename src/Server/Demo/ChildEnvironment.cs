using UnifiedVlm.Server.Cli;

namespace UnifiedVlm.Server.Demo;

/// <summary>
/// What the demo's processes know of its caller's environment. Which database, topics, folders and roles they have is the demo's to say: a variable that is
/// meant for a real node would send the manual into that node's store.
/// </summary>
internal static class ChildEnvironment
{
    private const string Prefix = "UVLM_";

    /// <summary>The model, what may be used of the machine, what is logged, whether who starts the demo lets everybody in and which pages may call, and the certificate of its address.</summary>
    public static IReadOnlyList<string> Kept { get; } =
    [
        "UVLM_MODEL", "UVLM_SEED", "UVLM_DEVICE", "UVLM_DTYPE", "UVLM_THREADS", "UVLM_BATCH_TOKENS", "UVLM_PIXEL_BUDGET_MB", "UVLM_KV_CACHE_MB", "UVLM_MEMORY_MB",
        "UVLM_LOG_LEVEL", "UVLM_NATIVE_DIR", "UVLM_AUTH", "UVLM_CORS_ORIGINS", "UVLM_TLS_CERTIFICATE", "UVLM_TLS_KEY", "UVLM_TLS_KEY_PASSWORD",
    ];

    /// <summary>Options of a process that speaks no TLS: with a certificate, also one that is kept, it would not start.</summary>
    public static IReadOnlyList<string> NoCertificate { get; } = [HttpSettings.CertificateName, "", HttpSettings.KeyName, ""];

    /// <summary>Takes out every other setting of the program.</summary>
    public static void Clean(IDictionary<string, string?> environment)
    {
        foreach (var name in environment.Keys.Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal) && !Kept.Contains(name)).ToList())
            environment.Remove(name);
    }
}
