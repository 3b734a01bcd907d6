using System.Text.RegularExpressions;
using UnifiedVlm.Server.Cli;

namespace UnifiedVlm.Tests.Unit.Deploy;

/// <summary>The variables that <c>uvlm serve</c> reads, by what its --help says.</summary>
internal static partial class KnownSettings
{
    public static IReadOnlySet<string> OfServe { get; } = ServeCommand.Create().Options
        .Select(static option => Variable().Match(option.Description ?? "")).Where(static m => m.Success).Select(static m => m.Groups[1].Value).ToHashSet();

    /// <summary>Those of others that the program or its runtime reads too.</summary>
    private static readonly HashSet<string> Others = ["OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG", "DOTNET_EnableDiagnostics", "DOTNET_ROOT", "DOTNET_PROCESSOR_COUNT", "POD_IP"];

    public static IEnumerable<string> Unknown(IEnumerable<string> names) => names.Where(static name => !OfServe.Contains(name) && !Others.Contains(name)).Distinct();

    /// <summary>The names of settings that a text mentions, comments included.</summary>
    public static IEnumerable<string> In(string text) => Mentioned().Matches(text).Select(static m => m.Value);

    [GeneratedRegex(@"\[env: (UVLM_[A-Z_]+)\]")]
    private static partial Regex Variable();

    [GeneratedRegex(@"\bUVLM_[A-Z_]+\b")]
    private static partial Regex Mentioned();
}
