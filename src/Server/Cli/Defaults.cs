namespace UnifiedVlm.Server.Cli;

internal static class Defaults
{
    public const string Url = "http://127.0.0.1:7077";
    public const string Topic = "documents";
    public const string Group = "uvlm";

    /// <summary>As root not root's home: the system user that runs PostgreSQL can't enter it.</summary>
    public static string DataDirectory { get; } = Environment.IsPrivilegedProcess
        ? "/var/lib/uvlm"
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "uvlm");

    public static string ModelDirectory { get; } = Path.Combine(AppContext.BaseDirectory, "models", "uvlm-tiny");
}
