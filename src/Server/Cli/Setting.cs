using System.CommandLine;
using System.Globalization;

namespace UnifiedVlm.Server.Cli;

/// <summary>Makes options that also read the environment: command line first, then the variable, then the default. --help shows all three.</summary>
internal static class Setting
{
    public static Option<string> Text(string name, string variable, string fallback, string description)
        => Make(name, variable, fallback, fallback.Length == 0 ? "none" : null, description, static text => text);

    public static Option<int> Number(string name, string variable, int fallback, string description, int minimum = 0)
    {
        var option = Make(name, variable, fallback, null, description, text =>
            int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value)
                ? value
                : throw new UsageException($"{variable}='{text}' is not a whole number."));
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < minimum)
                result.AddError($"{name} must be at least {minimum}.");
        });
        return option;
    }

    public static Option<long> Bytes(string name, string variable, long fallback, string description, long minimum)
    {
        var option = Make(name, variable, fallback, null, description, text =>
            long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value)
                ? value
                : throw new UsageException($"{variable}='{text}' is not a whole number of bytes."));
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<long>() < minimum)
                result.AddError($"{name} must be at least {minimum}.");
        });
        return option;
    }

    public static Option<bool> Flag(string name, string variable, string description)
        => Make(name, variable, false, "off", description, text => text switch
        {
            "1" or "true" or "on" or "yes" => true,
            "" or "0" or "false" or "off" or "no" => false,
            _ => throw new UsageException($"{variable}='{text}' is neither on nor off. Use 1 or 0."),
        });

    /// <summary>May be given several times; the variable takes them separated by semicolons.</summary>
    public static Option<string[]> List(string name, string variable, string description)
    {
        var option = Make<string[]>(name, variable, [], "none", description, static text
            => text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        option.AllowMultipleArgumentsPerToken = false;
        return option;
    }

    /// <param name="shownFallback">For --help where the library shows no default of its own: it does not for what is empty.</param>
    private static Option<T> Make<T>(string name, string variable, T fallback, string? shownFallback, string description, Func<string, T> parse)
        => new(name)
        {
            Description = $"{description} [env: {variable}]" + (shownFallback is null ? "" : $" [default: {shownFallback}]"),
            DefaultValueFactory = _ => Environment.GetEnvironmentVariable(variable) is { } text ? parse(text) : fallback,
        };
}
