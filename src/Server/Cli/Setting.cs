using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace UnifiedVlm.Server.Cli;

/// <summary>Makes options that also read the environment: command line first, then the variable, then the default. --help shows all three.</summary>
internal static class Setting
{
    /// <summary>The most that waits are set to: nobody means more, and timers take 49 days.</summary>
    public const int SecondsOfDay = 24 * 60 * 60;

    public static Option<string> Text(string name, string variable, string fallback, string description)
        => Make(name, variable, fallback, fallback.Length == 0 ? "none" : null, description, static text => text);

    /// <summary>A file or folder that there has to be: empty it is refused, also in the environment.</summary>
    public static Option<string> Path(string name, string variable, string fallback, string description)
        => Make(name, variable, fallback, null, description, text => text.Length > 0 ? text : throw new UsageException(NoPath(variable))).NotEmpty();

    public static Option<int> Number(string name, string variable, int fallback, string description, int minimum = 0, int maximum = int.MaxValue)
        => Counted(name, variable, fallback, description, minimum, maximum, "a whole number");

    public static Option<long> Bytes(string name, string variable, long fallback, string description, long minimum)
        => Counted(name, variable, fallback, description, minimum, long.MaxValue, "a whole number of bytes");

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

    /// <summary>Refuses an empty path, which whatever opens it would fail at without a word of the option.</summary>
    public static Option<T> NotEmpty<T>(this Option<T> option)
    {
        option.Validators.Add(result =>
        {
            if (HasEmpty(result.GetValueOrDefault<T>()))
                result.AddError(NoPath(option.Name));
        });
        return option;
    }

    /// <summary>The same for an argument.</summary>
    public static Argument<T> NotEmpty<T>(this Argument<T> argument)
    {
        argument.Validators.Add(result =>
        {
            if (HasEmpty(result.GetValueOrDefault<T>()))
                result.AddError(NoPath(argument.Name));
        });
        return argument;
    }

    private static bool HasEmpty(object? paths) => paths is "" || (paths is string[] several && several.Contains(""));

    private static string NoPath(string shown) => $"{shown} is empty. Name a file or a folder.";

    /// <summary>Read by ourselves, both ways, so that what is wrong with it is said in the same words.</summary>
    private static Option<T> Counted<T>(string name, string variable, T fallback, string description, T minimum, T maximum, string kind)
        where T : struct, IBinaryInteger<T>
    {
        var option = Make(name, variable, fallback, null, description, text => Problem(text, variable) is { } problem ? throw new UsageException(problem) : Read(text)!.Value);
        option.CustomParser = argument =>
        {
            var text = argument.Tokens[0].Value;
            if (Problem(text, name) is not { } problem)
                return Read(text)!.Value;
            argument.AddError(problem);
            return default;
        };
        return option;

        string? Problem(string text, string shown) => Read(text) is not { } value ? $"{shown} '{text}' is not {kind}."
            : value < minimum ? $"{shown} must be at least {minimum}."
            : value > maximum ? $"{shown} must be at most {maximum}."
            : null;

        static T? Read(string text) => T.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : null;
    }

    /// <param name="shownFallback">For --help where the library shows no default of its own: it does not for what is empty.</param>
    private static Option<T> Make<T>(string name, string variable, T fallback, string? shownFallback, string description, Func<string, T> parse)
        => new(name)
        {
            Description = $"{description} [env: {variable}]" + (shownFallback is null ? "" : $" [default: {shownFallback}]"),
            DefaultValueFactory = _ => Environment.GetEnvironmentVariable(variable) is { } text ? parse(text) : fallback,
        };
}
