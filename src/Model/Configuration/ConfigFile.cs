using System.Text.Json;
using UnifiedVlm.Model.Checkpoints;

namespace UnifiedVlm.Model.Configuration;

/// <summary>Reading and writing a small JSON file of settings, with errors that name the field.</summary>
internal static class ConfigFile
{
    /// <returns>Its bytes, without the byte order mark that some editors put before them.</returns>
    public static byte[] Read(string path)
    {
        try
        {
            var bytes = File.ReadAllBytes(path);
            return bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigException(path, "$", $"can't be read: {e.Message}", e);
        }
    }

    public static T Parse<T>(string path, ReadOnlySpan<byte> json, JsonSerializerOptions options)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, options) ?? throw new ConfigException(path, "$", "must be a JSON object, not null");
        }
        catch (JsonException e)
        {
            // "$.lm_n_heads" for a wrong type; a missing field is named by the message.
            throw new ConfigException(path, e.Path is { Length: > 2 } field && field.StartsWith("$.", StringComparison.Ordinal) ? field[2..] : "$", e.Message.Split(" Path: ")[0], e);
        }
    }

    public static void Write<T>(string path, T value, JsonSerializerOptions options)
    {
        AtomicFile.Write(path, stream =>
        {
            JsonSerializer.Serialize(stream, value, options);
            stream.WriteByte((byte)'\n');
        });
    }
}
