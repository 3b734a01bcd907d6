using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using UnifiedVlm.Model.Tokenizers;

namespace UnifiedVlm.Server.Cli.Inspection;

/// <summary><c>uvlm model</c>: a checkpoint and a tokenizer looked at by themselves.</summary>
internal static class ModelCommand
{
    public static Command Create()
    {
        var command = new Command("model", "Run a checkpoint over given tensors, or a tokenizer over given texts; mix two checkpoints.");
        command.Subcommands.Add(ModelInterpolateCommand.Create());
        command.Subcommands.Add(ModelRunCommand.Create());
        command.Subcommands.Add(CreateTokenize());
        return command;
    }

    private static Command CreateTokenize()
    {
        var file = new Argument<string>("tokenizer") { Description = "A tokenizer.json" }.NotEmpty();
        var asText = new Option<bool>("--as-text") { Description = "Read what looks like a special token as text, as documents and questions are read" };
        var command = new Command("tokenize", "A JSON string a line in, a JSON array of token ids a line out. No special tokens are added; those written in the text are recognised.") { file, asText };
        command.SetAction((result, cancellationToken) =>
        {
            var tokenizer = Tokenizer.Load(result.GetValue(file)!);
            Func<string, int[]> encode = result.GetValue(asText) ? tokenizer.Encode : tokenizer.EncodeWithSpecials;
            return JsonLines.TransformStandardStreamsAsync(line => Tokenize(encode, line), cancellationToken);
        });
        return command;
    }

    private static JsonArray Tokenize(Func<string, int[]> encode, JsonElement line)
    {
        if (line.ValueKind != JsonValueKind.String)
            throw new LineException($"the line is {line.ValueKind}; send a JSON string");
        try
        {
            return [.. encode(line.GetString()!).Select(static id => JsonValue.Create(id))];
        }
        catch (InvalidOperationException error)
        {
            throw new LineException($"the string is no valid UTF-16: {error.Message}");
        }
    }
}
