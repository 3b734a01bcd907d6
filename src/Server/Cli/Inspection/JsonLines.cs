using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace UnifiedVlm.Server.Cli.Inspection;

/// <summary>
/// The shape of every inspection command: one JSON value a line in, one a line out, in order. A line that can't be used gives
/// <c>{"error": ..}</c> in its place, so that the lines after it keep theirs, and exit code 2 at the end.
/// </summary>
internal static class JsonLines
{
    public static async Task<int> TransformAsync(
        TextReader input, TextWriter output, Func<JsonElement, JsonNode> transform, CancellationToken cancellationToken)
    {
        var failed = false;
        while (await input.ReadLineAsync(cancellationToken) is { } line)
        {
            if (string.IsNullOrWhiteSpace(line))
                continue;
            JsonNode result;
            try
            {
                using var document = JsonDocument.Parse(line);
                result = transform(document.RootElement);
            }
            catch (Exception error) when (error is JsonException or LineException)
            {
                failed = true;
                result = new JsonObject { ["error"] = error is JsonException ? $"not valid JSON: {error.Message}" : error.Message };
            }

            await output.WriteLineAsync(result.ToJsonString().AsMemory(), cancellationToken);
        }

        await output.FlushAsync(cancellationToken);
        return failed ? 2 : 0;
    }

    /// <summary>Standard input and output as UTF-8 without a byte order mark, buffered.</summary>
    public static async Task<int> TransformStandardStreamsAsync(Func<JsonElement, JsonNode> transform, CancellationToken cancellationToken)
    {
        var utf8 = new UTF8Encoding(false);
        using var input = new StreamReader(Console.OpenStandardInput(), utf8, false, 1 << 16);
        await using var output = new StreamWriter(Console.OpenStandardOutput(), utf8, 1 << 16);
        return await TransformAsync(input, output, transform, cancellationToken);
    }
}
