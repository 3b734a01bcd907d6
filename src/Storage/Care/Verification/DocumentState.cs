using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Ingest;

namespace UnifiedVlm.Storage.Care.Verification;

/// <summary>Everything that the tables hold under one key. Of vectors only what they say about themselves is kept, so that a page of documents stays small.</summary>
internal sealed class DocumentState(DocumentKey key)
{
    /// <summary>Both are the same 16-bit numbers; one rounding apart is still the same. Below 1 their spacing is half of this.</summary>
    private const float Rounding = 1f / 1024;

    /// <summary>Of the length of a vector of 16-bit numbers from 1.</summary>
    private const float LengthTolerance = 0.01f;

    public DocumentKey Key { get; } = key;

    /// <summary>Null: no such document.</summary>
    public DocumentFacts? Document { get; set; }

    /// <summary>Null: the body can't be read.</summary>
    public List<BodyPart>? Body { get; set; }

    /// <summary>Of the content that the packed vectors were made from; null: there is no packed row.</summary>
    public byte[]? PackedHash { get; private set; }

    /// <summary>Null: there is none, or it can't be read.</summary>
    public SequenceEmbedding? Packed { get; private set; }

    public string? PackedProblem { get; private set; }

    public int PartVectors { get; private set; }

    public int DocumentVectors { get; private set; }

    /// <summary>The first thing that is wrong with part vectors or document vector.</summary>
    public string? VectorProblem { get; private set; }

    /// <summary>Its vectors have yet to be made by a program with the generation's model.</summary>
    public bool IsPending { get; set; }

    /// <summary>Linked pictures, and whether they are stored.</summary>
    public Dictionary<string, bool> Links { get; } = new(StringComparer.Ordinal);

    public void TakePacked(byte[] hash, ReadOnlySpan<byte> bytes)
    {
        PackedHash = hash;
        try
        {
            Packed = PackedSequence.Unpack(bytes);
        }
        catch (InvalidDataException e)
        {
            PackedProblem = e.Message.TrimEnd('.');
            return;
        }
        for (var i = 0; i < Packed.Parts.Count && PackedProblem is null; i++)
            PackedProblem = HasUnitLength(Packed.PartVector(i).Span) ? null : $"the packed vector of part {i} has not unit length";
        if (!HasUnitLength(Packed.DocumentVector.Span))
            PackedProblem ??= "the packed document vector has not unit length";
    }

    /// <param name="part">Index of the embedded part; rows come in its order.</param>
    public void TakePart(int part, string collection, HalfVector vector)
    {
        if (part != PartVectors++)
            VectorProblem ??= $"part vector {PartVectors - 1} is missing";
        Compare(() => $"part vector {part}", collection, vector, Packed is { } packed && part < packed.Parts.Count ? packed.PartVector(part) : null);
    }

    public void TakeDocumentVector(string collection, HalfVector vector)
    {
        DocumentVectors++;
        Compare(() => "the document vector", collection, vector, Packed?.DocumentVector);
    }

    private void Compare(Func<string> what, string collection, HalfVector vector, ReadOnlyMemory<float>? packed)
    {
        if (VectorProblem is not null || packed is not { } expected)
            return;
        if (!Agree(vector.Widen(), expected.Span))
            VectorProblem = $"{what()} is not the packed one";
        else if (Document is { } document && collection != document.Collection)
            VectorProblem = $"{what()} has collection '{collection}', the document '{document.Collection}'";
    }

    private static bool Agree(ReadOnlySpan<float> stored, ReadOnlySpan<float> packed)
    {
        if (stored.Length != packed.Length)
            return false;
        for (var i = 0; i < stored.Length; i++)
        {
            // Not the other way round: NaN agrees with nothing.
            if (!(MathF.Abs(stored[i] - packed[i]) <= Rounding))
                return false;
        }
        return true;
    }

    private static bool HasUnitLength(ReadOnlySpan<float> vector)
    {
        var sum = 0f;
        foreach (var value in vector)
            sum += value * value;
        return MathF.Abs(MathF.Sqrt(sum) - 1) <= LengthTolerance;
    }
}
