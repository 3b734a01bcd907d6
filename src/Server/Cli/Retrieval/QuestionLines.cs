using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Cli.Batch;
using UnifiedVlm.Server.Http;
using UnifiedVlm.Server.Http.Access;

namespace UnifiedVlm.Server.Cli.Retrieval;

/// <summary>A question of a file, and which documents are right, by id; none where the file does not say.</summary>
/// <param name="Relevant">Grades above 0: higher is better.</param>
internal sealed record JudgedQuestion(string Id, Question Question, IReadOnlyDictionary<string, double> Relevant);

/// <summary>
/// Reads JSON Lines of questions: what POST /v1/search takes, with an <c>id</c> (the line's number unless given) and, where they are judged,
/// <c>"relevant": {"document id": grade}</c>.
/// </summary>
internal static class QuestionLines
{
    /// <exception cref="BadLineException">A line can't be used.</exception>
    /// <exception cref="UsageException">There is none.</exception>
    public static IReadOnlyList<JudgedQuestion> Read(string file)
    {
        var questions = new List<JudgedQuestion>();
        var number = 0;
        foreach (var line in File.ReadLines(file))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line))
                questions.Add(Read(line, number));
        }

        return questions.Count > 0 ? questions : throw new UsageException($"{file} has no question.");
    }

    private static JudgedQuestion Read(string line, int number)
    {
        string? id = null;
        try
        {
            using var json = JsonDocument.Parse(line, new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw new DocumentRejectedException("$", "is no JSON object", "Send {\"id\", \"text\" or \"parts\", \"relevant\"}.");
            id = Id(json.RootElement);
            return new JudgedQuestion(
                id ?? number.ToString(System.Globalization.CultureInfo.InvariantCulture),
                QuestionReader.Read(Body(json.RootElement), DocumentLimits.Default, Caller.Anyone),
                json.RootElement.TryGetProperty("relevant", out var relevant) ? ReadRelevant(relevant) : new Dictionary<string, double>());
        }
        catch (InvalidOperationException error) when (error is not ObjectDisposedException)
        {
            // What the JSON reader says to half of a surrogate pair, in a name or a value.
            throw new BadLineException(new LineFailure(number, id, new DocumentRejectedException("$", "holds a name or a text that is no valid Unicode", "Send both halves of every surrogate pair.", error)));
        }
        catch (JsonException error)
        {
            throw new BadLineException(new LineFailure(number, id, new DocumentRejectedException("$", $"is not valid JSON: {error.Message}", "Send one JSON object a line.", error)));
        }
        catch (DocumentRejectedException error)
        {
            throw new BadLineException(new LineFailure(number, id, error));
        }
    }

    private static string? Id(JsonElement line)
    {
        if (!line.TryGetProperty("id", out var id) || id.ValueKind == JsonValueKind.Null)
            return null;
        return id.ValueKind == JsonValueKind.String ? id.GetString() : throw new DocumentRejectedException("id", "is no string", "Put it in quotes, or leave it out for the line's number.");
    }

    private static Dictionary<string, double> ReadRelevant(JsonElement json)
    {
        const string fix = "Send {\"document id\": grade} with a number from 0, above 0 for at least one.";
        if (json.ValueKind != JsonValueKind.Object)
            throw new DocumentRejectedException("relevant", "is no object of grades", fix);
        var grades = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var entry in json.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetDouble(out var grade) || !(grade is >= 0 and < 1e6))
                throw new DocumentRejectedException($"relevant.{entry.Name}", "is no grade", fix);
            if (grade > 0)
                grades[entry.Name] = grade;
        }

        return grades.Count > 0 ? grades : throw new DocumentRejectedException("relevant", "has no document that is right", fix);
    }

    /// <summary>The line without what is not a request's.</summary>
    private static ReadOnlyMemory<byte> Body(JsonElement line)
    {
        var body = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        foreach (var field in line.EnumerateObject())
        {
            if (field.NameEquals("id") || field.NameEquals("relevant"))
                continue;
            json.WritePropertyName(field.Name);
            json.WriteRawValue(JsonMarshal.GetRawUtf8Value(field.Value), skipInputValidation: true);
        }

        json.WriteEndObject();
        json.Flush();
        return body.WrittenMemory;
    }
}
