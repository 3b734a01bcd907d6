using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Storage.Search;

namespace UnifiedVlm.Tests.Unit.Actors.Queries;

/// <summary>
/// A model and a store without either: a part's vector is the sum of its letters' basis vectors, so that alignment can be foreseen; candidates
/// and generated texts are what the test says.
/// </summary>
public sealed class FakeBackend : IDocumentPreparer, IPromptBuilder, IDeviceClient, ISearchStore
{
    public const int Dimension = 26;

    private readonly ConditionalWeakTable<PreparedDocument, InterleavedDocument> prepared = [];

    public List<SearchCandidate> Candidates { get; } = [];

    public Dictionary<string, InterleavedDocument> Stored { get; } = [];

    /// <summary>The files of stored pictures, by hash.</summary>
    public Dictionary<string, byte[]> Pictures { get; } = [];

    /// <summary>Hashes of the pictures whose files were loaded.</summary>
    public List<string> PicturesLoaded { get; } = [];

    public Func<CancellationToken, Task>? OnLoadPictures { get; set; }

    public List<string> Tokens { get; } = [];

    /// <summary>Documents of the evidence that a prompt has room for.</summary>
    public int EvidenceRoom { get; set; } = int.MaxValue;

    public SearchQuery? LastQuery { get; private set; }

    public IReadOnlyList<InterleavedDocument>? LastEvidence { get; private set; }

    /// <summary>What a document is prepared as.</summary>
    public Func<InterleavedDocument, PreparedWindow> Window { get; set; } = static _ => new PreparedWindow([1], [], null, 0, 0);

    public Func<CancellationToken, Task>? OnEncode { get; set; }

    public Func<int, CancellationToken, Task>? OnToken { get; set; }

    public int GenerationsEnded { get; private set; }

    public static InterleavedDocument Document(string id, params string[] parts)
        => new() { Id = id, Parts = [.. parts.Select(DocumentPart (p) => p.StartsWith('!') ? new ImagePart(new InlineImage(default), p[1..]) : new TextPart(p))] };

    public static SequenceEmbedding Embed(InterleavedDocument document)
    {
        var parts = document.Parts.Select((p, i) => p is TextPart text ? new EmbeddedPart(i, PartKind.Text, 0, text.Text.Length) : new EmbeddedPart(i, PartKind.Image, 0, 0)).ToArray();
        var vectors = new float[parts.Length * Dimension];
        for (var i = 0; i < parts.Length; i++)
        {
            var row = vectors.AsSpan(i * Dimension, Dimension);
            foreach (var c in document.Parts[i] is TextPart text ? text.Text : ((ImagePart)document.Parts[i]).Alt!)
            {
                if (char.IsAsciiLetter(c))
                    row[char.ToLowerInvariant(c) - 'a']++;
            }

            var norm = 0f;
            foreach (var value in row)
                norm += value * value;
            foreach (ref var value in row)
                value /= MathF.Sqrt(norm);
        }

        return new SequenceEmbedding(Dimension, parts, vectors, new float[Dimension]);
    }

    /// <summary>Under which a picture is stored: of its words, so that no test needs files.</summary>
    public static string PictureHash(string alt) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(alt)));

    /// <summary>Stores a document and makes it a candidate with these ranks.</summary>
    public void Add(InterleavedDocument document, int? part = null, int? whole = null, int? text = null)
    {
        Stored[document.Id] = document with { Parts = [.. document.Parts.Select(p => p is ImagePart image ? Store(image) : p)] };
        var fused = new[] { part, whole, text }.Sum(rank => rank is null ? 0 : 1.0 / (60 + rank.Value));
        Candidates.Add(new SearchCandidate(document.Id, document.Collection, document.Title, 1, fused, part, whole, text, Embed(document)));
    }

    public PreparedDocument Prepare(InterleavedDocument document, CancellationToken cancellationToken)
    {
        var result = new PreparedDocument([Window(document)], []);
        prepared.Add(result, document);
        return result;
    }

    public async Task<SequenceEmbedding> EncodeAsync(PreparedDocument document, EncodePriority priority, CancellationToken cancellationToken)
    {
        Assert.Equal(EncodePriority.Query, priority);
        if (OnEncode is not null)
            await OnEncode(cancellationToken);
        Assert.True(prepared.TryGetValue(document, out var original));
        return Embed(original);
    }

    public Task<IReadOnlyList<SearchCandidate>> FindCandidatesAsync(SearchQuery query, CancellationToken cancellationToken)
    {
        LastQuery = query;
        return Task.FromResult<IReadOnlyList<SearchCandidate>>([.. Candidates.OrderByDescending(c => c.FusedScore).Take(query.CandidateCount)]);
    }

    public Task<SequenceEmbedding?> LoadEmbeddingAsync(string tenant, string id, CancellationToken cancellationToken)
        => Task.FromResult(Stored.TryGetValue(id, out var document) ? Embed(document) : null);

    public Task ShowDocumentsAsync(string tenant, IReadOnlyList<string> ids, Action<InterleavedDocument> show, CancellationToken cancellationToken)
    {
        foreach (var id in ids.Where(Stored.ContainsKey))
            show(Stored[id]);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyDictionary<string, long>> MeasurePicturesAsync(string tenant, IReadOnlyCollection<string> sha256, CancellationToken cancellationToken)
        => Task.FromResult<IReadOnlyDictionary<string, long>>(sha256.Where(Pictures.ContainsKey).ToDictionary(static hash => hash, hash => (long)Pictures[hash].Length));

    public async Task<IReadOnlyDictionary<string, InlineImage>> LoadPicturesAsync(string tenant, IReadOnlyCollection<string> sha256, CancellationToken cancellationToken)
    {
        if (OnLoadPictures is not null)
            await OnLoadPictures(cancellationToken);
        lock (PicturesLoaded)
            PicturesLoaded.AddRange(sha256);
        return sha256.Where(Pictures.ContainsKey).ToDictionary(static hash => hash, hash => new InlineImage(Pictures[hash]));
    }

    public GenerationPrompt Build(InterleavedDocument question, IReadOnlyList<InterleavedDocument> evidence, int maxNewTokens, CancellationToken cancellationToken)
    {
        LastEvidence = evidence;
        return new GenerationPrompt(new PreparedWindow([1], [], null, 0, 0)) { EvidenceCount = Math.Min(evidence.Count, EvidenceRoom) };
    }

    public GenerationPrompt Build(
        InterleavedDocument question, IReadOnlyList<InterleavedDocument> evidence, string? instruction, int maxNewTokens, CancellationToken cancellationToken)
        => Build(question, evidence, maxNewTokens, cancellationToken);

    public int ContextTokens => 1000;

    public IReadOnlyList<ChatTurn>? LastTurns { get; private set; }

    public GenerationPrompt BuildChat(IReadOnlyList<ChatTurn> turns, int maxNewTokens, CancellationToken cancellationToken)
    {
        LastTurns = turns;
        return new GenerationPrompt(new PreparedWindow([.. Enumerable.Range(0, turns.Sum(static turn => turn.Parts.Count))], [], null, 0, 0));
    }

    public async IAsyncEnumerable<GeneratedToken> GenerateAsync(
        GenerationPrompt prompt, SamplingOptions sampling, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            for (var i = 0; i < Math.Min(Tokens.Count, sampling.MaxTokens); i++)
            {
                if (OnToken is not null)
                    await OnToken(i, cancellationToken);
                yield return new GeneratedToken(i, Tokens[i], 0);
            }
        }
        finally
        {
            GenerationsEnded++;
        }
    }

    private ImagePart Store(ImagePart image)
    {
        var sha256 = PictureHash(image.Alt!);
        Pictures.TryAdd(sha256, []);
        return image with { Source = new BlobImage(sha256) };
    }
}
