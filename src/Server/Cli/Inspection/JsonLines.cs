using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Cli.Batch;

namespace UnifiedVlm.Server.Cli.Inspection;

/// <summary>
/// The shape of every inspection command: one JSON value a line in, one a line out, in order. A line that can't be used gives
/// <c>{"error": ..}</c> in its place, so that the lines after it keep theirs, and exit code 2 at the end.
/// </summary>
internal static class JsonLines
{
    private static readonly long MostBytes = DocumentLimits.Default.MaxDocumentBytes;

    public static async Task<int> TransformAsync(Stream input, TextWriter output, Func<JsonElement, JsonNode> transform, CancellationToken cancellationToken)
    {
        var failed = false;
        await foreach (var lines in new LineBatches(input, MostBytes).ReadAsync(cancellationToken))
        {
            foreach (var line in lines)
            {
                JsonNode result;
                try
                {
                    using var document = Parse(line);
                    result = transform(document.RootElement);
                }
                catch (Exception error) when (error is JsonException or LineException)
                {
                    failed = true;
                    result = new JsonObject { ["error"] = error is JsonException ? $"not valid JSON: {error.Message}" : error.Message };
                }

                await output.WriteLineAsync(result.ToJsonString().AsMemory(), cancellationToken);
            }

            // No more is at hand: who sends one line and waits for its result gets it.
            await output.FlushAsync(cancellationToken);
        }

        return failed ? 2 : 0;
    }

    /// <summary>Standard input and output as UTF-8; what is written has no byte order mark.</summary>
    public static async Task<int> TransformStandardStreamsAsync(Func<JsonElement, JsonNode> transform, CancellationToken cancellationToken)
    {
        await using var input = Console.OpenStandardInput();
        await using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false), 1 << 16);
        return await TransformAsync(input, output, transform, cancellationToken);
    }

    private static JsonDocument Parse(InputLine line)
    {
        if (line.TooLong)
            throw new LineException($"the line has more than {MostBytes} bytes; split it");
        // JSON's reader lets broken bytes in strings pass until they are taken out.
        return Utf8.IsValid(line.Utf8.Span) ? JsonDocument.Parse(line.Utf8) : throw new LineException("the line is no valid UTF-8");
    }
}
