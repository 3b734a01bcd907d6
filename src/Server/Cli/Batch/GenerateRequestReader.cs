using System.Text.Json;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Images;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Server.Json;

namespace UnifiedVlm.Server.Cli.Batch;

/// <summary>
/// Reads <c>{"id", "parts", "max_tokens"}</c> with, where wanted, <c>evidence</c> (documents in order of rank), <c>instruction</c>, <c>temperature</c>,
/// <c>top_k</c>, <c>top_p</c>, <c>seed</c> and <c>adapter</c>.
/// </summary>
/// <param name="pictures">Reads pictures by path; null refuses them.</param>
internal sealed class GenerateRequestReader(DocumentLimits limits, ImageFileResolver? pictures)
{
    private const int DefaultMaxTokens = 64;
    private const int MostTokens = 65536;

    private static readonly string[] Fields = ["id", "parts", "max_tokens", "evidence", "instruction", "temperature", "top_k", "top_p", "seed", "adapter"];

    private static readonly string[] QuestionFields = ["id", "parts"];

    private readonly DocumentReadOptions reading = new() { Limits = limits, AllowFilePaths = pictures is not null };

    /// <exception cref="DocumentRejectedException">Names the field.</exception>
    public GenerateRequest Read(ReadOnlyMemory<byte> utf8)
    {
        using var line = RequestJson.Parse(utf8, limits, "{\"id\": \"..\", \"parts\": [..], \"max_tokens\": n}", Fields);
        var root = line.RootElement;
        var question = Document(root, null);
        var sampling = new SamplingOptions
        {
            MaxTokens = (int)(RequestJson.Whole(root, "max_tokens", 1, MostTokens) ?? DefaultMaxTokens),
            Temperature = RequestJson.Number(root, "temperature", 0, 100) ?? 0,
            TopK = (int)(RequestJson.Whole(root, "top_k", 0, int.MaxValue) ?? 0),
            TopP = RequestJson.Share(root, "top_p") ?? 1,
            Seed = (ulong)(RequestJson.Whole(root, "seed", 0, long.MaxValue) ?? 0),
            Adapter = RequestJson.Text(root, "adapter"),
        };
        return new GenerateRequest(question.Id, question, Evidence(root), RequestJson.Text(root, "instruction"), sampling);
    }

    /// <summary>The request with the content of its pictures in place of their paths.</summary>
    /// <exception cref="DocumentRejectedException">Names the field whose file can't be taken.</exception>
    public GenerateRequest WithPictures(GenerateRequest request)
    {
        if (pictures is not { } files)
            return request;
        var evidence = request.Evidence?.Select((document, i) => Within(PlaceOf(i), () => files.Resolve(document))).ToList();
        return request with { Question = files.Resolve(request.Question), Evidence = evidence };
    }

    private List<InterleavedDocument>? Evidence(JsonElement root)
    {
        if (!root.TryGetProperty("evidence", out var list) || list.ValueKind == JsonValueKind.Null)
            return null;
        if (list.ValueKind != JsonValueKind.Array)
            throw new DocumentRejectedException("evidence", "is no array", "Send the documents to answer from, in order of rank.");
        var evidence = new List<InterleavedDocument>(list.GetArrayLength());
        foreach (var item in list.EnumerateArray())
            evidence.Add(Document(item, PlaceOf(evidence.Count)));
        return evidence;
    }

    /// <param name="place">Of a document within the line, which may lack an id; null for the line itself, which has other fields too.</param>
    private InterleavedDocument Document(JsonElement source, string? place)
    {
        if (source.ValueKind != JsonValueKind.Object)
            throw new DocumentRejectedException(place ?? "$", "is no JSON object", "Send a document: {\"title\": \"..\", \"parts\": [..]}.");
        return place is null
            ? NestedDocumentJson.Parse(source, reading, only: QuestionFields)
            : Within(place, () => NestedDocumentJson.Parse(source, reading, place));
    }

    private static string PlaceOf(int evidence) => $"evidence[{evidence}]";

    /// <summary>What is wrong with a document within the line is named from the line.</summary>
    private static InterleavedDocument Within(string place, Func<InterleavedDocument> take)
    {
        try
        {
            return take();
        }
        catch (DocumentRejectedException error)
        {
            throw new DocumentRejectedException(error.Field == "$" ? place : $"{place}.{error.Field}", error.Problem, error.Fix, error);
        }
    }
}
