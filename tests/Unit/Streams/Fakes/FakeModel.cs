using System.Runtime.CompilerServices;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Tests.Unit.Streams.Fakes;

/// <summary>Preparer and device without weights. A test says what happens to which document.</summary>
public sealed class FakeModel : IDocumentPreparer, IDeviceClient
{
    public const int Dimension = 8;

    private static readonly float[] Unit = [1, 0, 0, 0, 0, 0, 0, 0];

    private readonly ConditionalWeakTable<PreparedDocument, string> ids = [];
    private int prepared;
    private int encoded;

    /// <summary>Called by the preparing thread.</summary>
    public Action<InterleavedDocument> OnPrepare { get; set; } = static _ => { };

    /// <summary>Awaited before a document's result is given.</summary>
    public Func<string, CancellationToken, Task> OnEncode { get; set; } = static (_, _) => Task.CompletedTask;

    /// <summary>Floats that a picture takes.</summary>
    public int PixelsPerImage { get; set; } = 12;

    public bool HasDevice { get; set; } = true;

    public int Prepared => Volatile.Read(ref prepared);

    public int Encoded => Volatile.Read(ref encoded);

    public PreparedDocument Prepare(InterleavedDocument document, CancellationToken cancellationToken)
    {
        OnPrepare(document);
        var images = document.Parts.Count(static p => p is ImagePart);
        var pixels = images == 0 ? null : System.Buffers.ArrayPool<float>.Shared.Rent(images * PixelsPerImage);
        var window = new PreparedWindow([1, 2, 3], [new PartSpan(PartKind.Text, 0, 3)], pixels, images * PixelsPerImage, images);
        var result = new PreparedDocument([window], [new EmbeddedPart(0, PartKind.Text, 0, 1)]);
        ids.Add(result, document.Id);
        Interlocked.Increment(ref prepared);
        return result;
    }

    public async Task<SequenceEmbedding> EncodeAsync(PreparedDocument document, EncodePriority priority, CancellationToken cancellationToken)
    {
        document.EncodingBegins?.Invoke();
        await OnEncode(ids.TryGetValue(document, out var id) ? id : string.Empty, cancellationToken).ConfigureAwait(false);
        Interlocked.Increment(ref encoded);
        return new SequenceEmbedding(Dimension, document.Parts, Unit, Unit);
    }

    public IAsyncEnumerable<GeneratedToken> GenerateAsync(GenerationPrompt prompt, SamplingOptions sampling, CancellationToken cancellationToken) =>
        throw new NotSupportedException("These tests generate nothing.");
}
