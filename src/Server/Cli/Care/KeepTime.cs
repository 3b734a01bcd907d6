using System.CommandLine;
using System.Globalization;

namespace UnifiedVlm.Server.Cli.Care;

/// <summary>How long something is kept, as people write it: 30d, 12h, 90m, or forever.</summary>
internal static class KeepTime
{
    public const string Forever = "forever";

    /// <summary>PostgreSQL's oldest time is some 6,700 years ago; nobody means more than this.</summary>
    public const int LongestHours = LongestDays * 24;

    private const int LongestDays = 100 * 366;

    public static Option<string> CreateOption(string name, string variable, string fallback, string description)
        => Setting.Text(name, variable, fallback, $"{description}: a number with d, h or m, or {Forever}");

    /// <returns>Null: for ever.</returns>
    /// <exception cref="UsageException">It is no time.</exception>
    public static TimeSpan? Read(ParseResult result, Option<string> option)
    {
        var text = result.GetValue(option);
        return TryParse(text, out var time)
            ? time
            : throw new UsageException($"{option.Name} '{text}' is no time. Write a number from 1 on with d, h or m, such as 30d, or {Forever}.");
    }

    private static bool TryParse(string? text, out TimeSpan? time)
    {
        time = null;
        if (text == Forever)
            return true;
        if (text is not { Length: > 1 } || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
            return false;
        var minutes = text[^1] switch
        {
            'd' => number * 24L * 60,
            'h' => number * 60L,
            'm' => number,
            _ => 0L,
        };
        if (minutes is 0 or > LongestDays * 24L * 60)
            return false;
        time = TimeSpan.FromMinutes(minutes);
        return true;
    }

    public static string ToText(TimeSpan? time) => time switch
    {
        null => Forever,
        { Ticks: var ticks } when ticks % TimeSpan.TicksPerDay == 0 => string.Create(CultureInfo.InvariantCulture, $"{ticks / TimeSpan.TicksPerDay}d"),
        { Ticks: var ticks } when ticks % TimeSpan.TicksPerHour == 0 => string.Create(CultureInfo.InvariantCulture, $"{ticks / TimeSpan.TicksPerHour}h"),
        { TotalMinutes: var minutes } => string.Create(CultureInfo.InvariantCulture, $"{minutes:0}m"),
    };
}
