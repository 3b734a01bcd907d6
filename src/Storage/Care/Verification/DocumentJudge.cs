using System.Globalization;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Storage.Care.Verification;

/// <summary>Says what of a document's rows does not agree.</summary>
internal static class DocumentJudge
{
    public const string IngestAgain = "ingest the document again from its source";
    private const string FillAgain = "run uvlm index create with the generation's model";

    /// <param name="generation">Whose tables were read. With the live one everything is judged, with another its own rows only.</param>
    /// <returns>At most one finding of a kind.</returns>
    public static List<Finding> Judge(DocumentState state, GenerationFacts generation)
    {
        var findings = new List<Finding>();
        void Add(FindingKind kind, string? problem, string? advice = null)
        {
            if (problem is not null)
                findings.Add(new Finding(kind, state.Key.Tenant, state.Key.Id, generation.IsLive ? problem : $"generation {generation.Generation.Id}: {problem}", advice));
        }

        var encoded = state.PartVectors + state.DocumentVectors > 0 || state.PackedHash is not null;
        var rows = encoded || (generation.IsLive && state.Links.Count > 0);
        if (state.Document is not { } document)
        {
            Add(FindingKind.Orphan, rows ? $"{Rows(state)}, but no document" : null);
        }
        else if (document.Deleted)
        {
            if (rows || (generation.IsLive && document.HasContent))
                Add(FindingKind.Tombstone, $"deleted, but it has {(document.HasContent ? "content" : "")}{(rows && document.HasContent ? ", " : "")}{(rows ? Rows(state) : "")}");
        }
        else
        {
            if (state.IsPending || (generation.IsBeingFilled && !encoded))
            {
                // Whoever fills the generation replaces all of it.
            }
            else if (EncodingProblem(state, document, generation.Generation.Dimension) is { } problem)
            {
                Add(FindingKind.Encoding, problem, generation.IsLive ? IngestAgain : FillAgain);
            }
            else
            {
                Add(FindingKind.Vectors, VectorProblem(state, document, generation.CountsParts));
            }
            if (!generation.IsLive)
                return findings;
            Add(FindingKind.Link, LinkProblem(state));
            if (document.CollectionRule is { } rule && rule != document.Rule)
                Add(FindingKind.Collection, $"its version is by the rule '{document.Rule}', its collection's are by '{rule}'", "delete it and ingest it again under the collection's rule");
            else if (document.CollectionRule is null)
                Add(FindingKind.Collection, $"the collection '{document.Collection}' is not recorded");
            else if (!document.HasTextConfig)
                Add(FindingKind.Collection, "the tenant's questions are not parsed by the document's language");
        }
        return findings;
    }

    /// <summary>Why its vectors have to be made anew; null: the packed ones are right.</summary>
    private static string? EncodingProblem(DocumentState state, DocumentFacts document, int dimension)
    {
        if (state.Body is null)
            return "its body can't be read";
        if (state.Links.Where(static l => !l.Value).Select(static l => l.Key).Order(StringComparer.Ordinal).FirstOrDefault() is { } lost)
            return $"its picture {lost} is not stored";
        if (state.PackedHash is null)
            return "it has no packed vectors";
        if (!state.PackedHash.AsSpan().SequenceEqual(document.ContentHash))
            return "its packed vectors are of other content";
        if (state.Packed is not { } packed || state.PackedProblem is not null)
            return state.PackedProblem;
        if (packed.Dimension != dimension)
            return string.Create(CultureInfo.InvariantCulture, $"its packed vectors have {packed.Dimension} dimensions, the index {dimension}");
        for (var i = 0; i < packed.Parts.Count; i++)
        {
            var part = packed.Parts[i];
            if (part.SourcePart < 0 || part.SourcePart >= state.Body.Count || state.Body[part.SourcePart].Kind != part.Kind || part.Start < 0 || part.Length < 0
                || (part.Kind == PartKind.Text && (long)part.Start + part.Length > state.Body[part.SourcePart].Length))
                return string.Create(CultureInfo.InvariantCulture, $"packed part {i} is of a place that the body does not have");
        }
        return null;
    }

    private static string? VectorProblem(DocumentState state, DocumentFacts document, bool countsParts)
    {
        var parts = state.Packed!.Parts.Count;
        if (state.PartVectors != parts)
            return string.Create(CultureInfo.InvariantCulture, $"{state.PartVectors} part vectors for {parts} packed ones");
        if (state.DocumentVectors != 1)
            return "no document vector";
        if (countsParts && document.PartCount != parts)
            return string.Create(CultureInfo.InvariantCulture, $"it counts {document.PartCount} parts, packed are {parts}");
        return state.VectorProblem;
    }

    private static string? LinkProblem(DocumentState state)
    {
        if (state.Body is not { } body)
            return null;
        var named = body.Select(static p => p.Sha256).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var missing = named.Where(sha => !state.Links.ContainsKey(sha)).Order(StringComparer.Ordinal).FirstOrDefault();
        var extra = state.Links.Keys.Where(sha => !named.Contains(sha)).Order(StringComparer.Ordinal).FirstOrDefault();
        return missing is not null ? $"it names the picture {missing} and is not linked to it" : extra is not null ? $"it is linked to the picture {extra} and does not name it" : null;
    }

    private static string Rows(DocumentState state) => string.Create(CultureInfo.InvariantCulture,
        $"{state.PartVectors} part vectors, {state.DocumentVectors} document vectors, {(state.PackedHash is null ? 0 : 1)} packed, {state.Links.Count} links to pictures");
}
