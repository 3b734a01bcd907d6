using System.CommandLine;

namespace UnifiedVlm.Server.Cli;

/// <summary>What --help says of options that do nothing unless they are given: a line without a default leaves a reader to guess.</summary>
internal static class HelpDefaults
{
    /// <summary>Writes the default of every option for which neither its own words nor the library do.</summary>
    public static void Complete(Command command)
    {
        foreach (var option in command.Options)
        {
            // The library shows the default of no switch.
            var isSwitch = option.ValueType == typeof(bool);
            if (option is { Required: false, Name: not ("--help" or "--version") } && (isSwitch || !option.HasDefaultValue)
                && option.Description?.Contains("[default: ", StringComparison.Ordinal) == false)
                option.Description += isSwitch ? " [default: off]" : " [default: none]";
        }

        foreach (var inner in command.Subcommands)
            Complete(inner);
    }
}
