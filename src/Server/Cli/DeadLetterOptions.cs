using System.CommandLine;
using UnifiedVlm.Server.DeadLetters;

namespace UnifiedVlm.Server.Cli;

/// <summary>The options that choose dead letters: those of HTTP, and the tenant, without which an operator sees all.</summary>
internal sealed class DeadLetterOptions
{
    private readonly Dictionary<string, Option<string?>> options = DeadLetterField.Conditions
        .Prepend(new DeadLetterField("tenant", DeadLetterFieldKind.Text, "Only this tenant's; without it also records that name none"))
        .ToDictionary(static field => field.Name, static field => new Option<string?>(Shown(field.Name)) { Description = field.Description });

    public Command AddTo(Command command)
    {
        foreach (var option in options.Values)
            command.Options.Add(option);
        return command;
    }

    public DeadLetterFields Read(ParseResult result) => new(name => result.GetValue(options[name]), Shown);

    private static string Shown(string name) => $"--{name}";
}
