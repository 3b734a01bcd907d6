using System.Text.Json;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Server.Cli.Batch;

/// <summary>
/// <c>"parts": [[..]..], "spans": [{"part", "start", "length"}..], "document": [..]</c>: a row and a span for each embedded part. A long text is
/// several; its spans tell which characters of which part of the document.
/// </summary>
internal static class EmbeddingJson
{
    public static void Write(Utf8JsonWriter json, SequenceEmbedding embedding)
    {
        json.WriteStartArray("parts");
        for (var i = 0; i < embedding.Parts.Count; i++)
        {
            json.WriteStartArray();
            WriteValues(json, embedding.PartVector(i).Span);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteStartArray("spans");
        foreach (var part in embedding.Parts)
        {
            json.WriteStartObject();
            json.WriteNumber("part", part.SourcePart);
            json.WriteNumber("start", part.Start);
            json.WriteNumber("length", part.Length);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("document");
        WriteValues(json, embedding.DocumentVector.Span);
        json.WriteEndArray();
    }

    private static void WriteValues(Utf8JsonWriter json, ReadOnlySpan<float> values)
    {
        foreach (var value in values)
            json.WriteNumberValue(value);
    }
}
