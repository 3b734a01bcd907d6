using System.Text.Json;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Storage.Care.Verification;

/// <summary>A part of a stored body, without its content.</summary>
/// <param name="Length">UTF-16 code units of a text; 0 for a picture.</param>
/// <param name="Sha256">Of a picture, in lower-case hexadecimal.</param>
internal readonly record struct BodyPart(PartKind Kind, int Length, string? Sha256)
{
    /// <returns>Null: this is no body that the store writes.</returns>
    public static List<BodyPart>? ReadAll(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return [.. json.RootElement.EnumerateArray().Select(Read)];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }

    private static BodyPart Read(JsonElement part) => part.GetProperty("type"u8).ValueEquals("text"u8)
        ? new BodyPart(PartKind.Text, part.GetProperty("text"u8).GetString()!.Length, null)
        : new BodyPart(PartKind.Image, 0, part.GetProperty("sha256"u8).GetString()!);
}
