using System.Text.Json;

namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary>Opens the files of sets, with errors that name them.</summary>
internal static class SetFile
{
    /// <summary>A whole file of JSON. Dispose the document when its elements are no longer needed.</summary>
    /// <exception cref="SetFormatException">It can't be read or is no JSON.</exception>
    public static JsonDocument Read(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return JsonDocument.Parse(stream);
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, error);
        }
    }

    /// <summary>An object a line; blank lines are skipped.</summary>
    /// <exception cref="SetFormatException">It can't be read, or a line is no JSON object or can't be read as an item.</exception>
    public static IEnumerable<T> ReadLines<T>(string path, ItemReading reading, Func<JsonItem, T> read)
    {
        if (!File.Exists(path))
            throw new SetFormatException(path, "there is no such file");
        var lines = File.ReadLines(path).Select(static (line, i) => (Number: i + 1, Line: line)).Where(static line => !string.IsNullOrWhiteSpace(line.Line));
        return reading.Read(lines, line => read(Item(path, line.Number, line.Line)));
    }

    private static JsonItem Item(string path, int number, string line)
    {
        try
        {
            return JsonItem.Of(path, $"line {number}", JsonElement.Parse(line));
        }
        catch (JsonException error)
        {
            throw new SetFormatException(path, $"line {number}: is not valid JSON: {error.Message}", error);
        }
    }

    private static SetFormatException Unreadable(string path, Exception error) =>
        new(path, error is JsonException ? $"is not valid JSON: {error.Message}" : $"can't be read: {error.Message}", error);
}
