using UnifiedVlm.Documents;
using UnifiedVlm.Model;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Decoder;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Tests.Unit.Model.Encoding;

[Collection(LiveHandles.Collection)]
public sealed class DocumentEncoderTests : IDisposable
{
    private readonly ModelFolder folder = new();
    private readonly UnifiedModel model;

    public DocumentEncoderTests() => model = folder.Load();

    public void Dispose()
    {
        model.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_batch_gives_what_each_document_gives_alone()
    {
        var documents = Mixed().Select(Prepare).ToList();
        var batch = model.Encoder.Encode(documents, CancellationToken.None);
        Assert.Equal(documents.Count, batch.Count);
        for (var i = 0; i < documents.Count; i++)
        {
            var alone = Assert.Single(model.Encoder.Encode([documents[i]], CancellationToken.None));
            AssertClose(alone.DocumentVector, batch[i].DocumentVector, 1e-5);
            AssertClose(alone.PartVectors, batch[i].PartVectors, 1e-5);
        }

        documents.ForEach(static d => d.Dispose());
    }

    [Fact]
    public void A_part_whose_vector_is_no_number_is_named()
    {
        // In the last window: within one, attention takes it to all.
        var word = Assert.Single(model.Tokenizer.Encode("q"));
        using (no_grad())
        using (NewDisposeScope())
            model.Network.named_parameters().Single(static p => p.name == "decoder.token_embedding.weight").parameter.narrow(0, word, 1).fill_(float.PositiveInfinity);
        using var document = Prepare(Samples.Document([.. Enumerable.Range(0, 40).Select(static i => Samples.Text($"Sentence number {i} tells of something new.")), Samples.Text("q")]));
        var first = document.Parts[document.Parts.Count - document.Windows[^1].Spans.Length].SourcePart;
        Assert.InRange(first, 10, 40);
        Assert.Equal($"parts[{first}]", Assert.Throws<ModelOutputException>(() => model.Encoder.Encode([document], CancellationToken.None)).Field);
    }

    [Fact]
    public void A_batch_that_is_left_after_every_layer_gives_what_it_gives_at_once()
    {
        using var stepping = UnifiedModelLoader.Load(folder.Folder, TestDevice.Name, seed: 1, type: ScalarType.Float32, encoding: new EncoderOptions { TokensPerPass = 32, SmallestPass = 1, ParallelPasses = 2, PicturesPerPass = 1 });
        var documents = Mixed().Select(Prepare).ToList();
        using var run = stepping.Encoder.Begin(documents);
        var steps = 1;
        while (!run.Step(static () => true, ahead: null, CancellationToken.None))
        {
            // Something else on the same encoder in between.
            stepping.Encoder.Encode([documents[0]], CancellationToken.None);
            Assert.Throws<InvalidOperationException>(() => run.Embeddings);
            steps++;
        }

        // Two threads do a layer or a picture each.
        var windows = documents.Sum(static d => d.Windows.Count);
        var pictures = documents.Sum(static d => d.Windows.Sum(static w => w.ImageCount));
        Assert.InRange(steps, stepping.Network.Config.LmBlocks + 1, windows * stepping.Network.Config.LmBlocks + pictures);
        var expected = model.Encoder.Encode(documents, CancellationToken.None);
        for (var i = 0; i < documents.Count; i++)
        {
            AssertClose(expected[i].DocumentVector, run.Embeddings[i].DocumentVector, 1e-5);
            AssertClose(expected[i].PartVectors, run.Embeddings[i].PartVectors, 1e-5);
        }

        documents.ForEach(static d => d.Dispose());
    }

    [Fact]
    public void A_batch_that_is_given_up_half_way_leaves_nothing()
    {
        var documents = Mixed().Select(Prepare).ToList();
        model.Encoder.Encode(documents, CancellationToken.None);
        var before = LiveHandles.Count();
        using (var run = model.Encoder.Begin(documents))
        {
            for (var step = 0; step < 3; step++)
                Assert.False(run.Step(static () => true, ahead: null, CancellationToken.None));
        }

        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        using (var run = model.Encoder.Begin(documents))
        {
            run.Step(static () => true, ahead: null, CancellationToken.None);
            Assert.Throws<OperationCanceledException>(() => run.Step(static () => true, ahead: null, stopped.Token));
        }

        Assert.Equal(before, torch.memory.live_handles);
        documents.ForEach(static d => d.Dispose());
    }

    [Theory]
    [InlineData(1, 1, 128, 1)]
    [InlineData(1, 3, 1, 1)]
    [InlineData(64, 2, 1, 2)]
    [InlineData(512, 3, 128, 3)]
    [InlineData(100_000, 1, 128, 1)]
    [InlineData(100_000, 1, 128, 2)]
    [InlineData(100_000, 1, 128, 4)]
    public void How_much_goes_through_at_once_changes_nothing(int tokensPerPass, int parallelPasses, int smallestPass, int picturesPerPass)
    {
        var options = new EncoderOptions { TokensPerPass = tokensPerPass, ParallelPasses = parallelPasses, SmallestPass = smallestPass, PicturesPerPass = picturesPerPass };
        using var small = UnifiedModelLoader.Load(folder.Folder, TestDevice.Name, seed: 1, type: ScalarType.Float32, encoding: options);
        var documents = Mixed().Select(Prepare).ToList();
        var expected = model.Encoder.Encode(documents, CancellationToken.None);
        var actual = small.Encoder.Encode(documents, CancellationToken.None);
        for (var i = 0; i < documents.Count; i++)
        {
            AssertClose(expected[i].PartVectors, actual[i].PartVectors, 1e-5);
            AssertClose(expected[i].DocumentVector, actual[i].DocumentVector, 1e-5);
        }
    }

    [Fact]
    public void Weights_in_bfloat16_give_nearly_the_same_vectors_and_take_half_the_cache()
    {
        using var rounded = UnifiedModelLoader.Load(folder.Folder, TestDevice.Name, seed: 1, type: ScalarType.BFloat16);
        Assert.Equal(ScalarType.BFloat16, rounded.Network.Type);
        var documents = Mixed().Select(Prepare).ToList();
        var expected = model.Encoder.Encode(documents, CancellationToken.None);
        var actual = rounded.Encoder.Encode(documents, CancellationToken.None);
        for (var i = 0; i < documents.Count; i++)
        {
            Assert.InRange(Dot(expected[i].DocumentVector, actual[i].DocumentVector), 0.99, 1 - 1e-7);
            for (var part = 0; part < expected[i].Parts.Count; part++)
                Assert.InRange(Dot(expected[i].PartVector(part), actual[i].PartVector(part)), 0.99, 1.00001);
        }

        // The room is given in bytes: it holds twice as many tokens.
        Assert.Equal(model.Generator.Cache.Bytes, rounded.Generator.Cache.Bytes, model.Generator.Cache.Bytes * 0.01);
        Assert.InRange(rounded.Generator.Cache.Blocks, 2 * model.Generator.Cache.Blocks - 1, 2 * model.Generator.Cache.Blocks + 1);
        documents.ForEach(static d => d.Dispose());
    }

    [Fact]
    public void Vectors_are_the_states_that_the_method_names()
    {
        using var prepared = Prepare(Samples.Document(Samples.Text("A cat sits."), Samples.Picture(1), Samples.Text("On a mat.")));
        var embedding = Assert.Single(model.Encoder.Encode([prepared], CancellationToken.None));

        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var window = prepared.Windows[0];
        var pictures = model.Network.Project(model.Network.EncodePictures(tensor(window.Pixels, [1, 3, 32, 32], device: TestDevice.Name)));
        var embedded = model.Network.Embed(window.TokenIds, pictures, model.Tokenizer.Find("<|image|>")!.Value);
        var hidden = model.Network.Hidden(embedded, SequenceLayout.Of(window.TokenIds.Length));
        var (cat, picture, mat) = (window.Spans[0], window.Spans[1], window.Spans[2]);

        AssertClose(Unit(hidden.select(0, cat.Start + cat.Length - 1)), embedding.PartVector(0), 1e-5);
        AssertClose(Unit(hidden.narrow(0, picture.Start, picture.Length).mean(0)), embedding.PartVector(1), 1e-5);
        AssertClose(Unit(hidden.select(0, mat.Start + mat.Length - 1)), embedding.PartVector(2), 1e-5);
        AssertClose(Unit(hidden.select(0, window.TokenIds.Length - 1)), embedding.DocumentVector, 1e-5);
    }

    [Fact]
    public void A_folder_may_ask_for_the_last_state_of_a_picture()
    {
        using var other = new ModelFolder(settings: new PreparationSettings { ImageState = PictureState.Last });
        using var last = other.Load();
        using var prepared = Prepare(Samples.Document(Samples.Text("A cat sits."), Samples.Picture(1), Samples.Text("On a mat.")));
        var mean = Assert.Single(model.Encoder.Encode([prepared], CancellationToken.None));
        var embedding = Assert.Single(last.Encoder.Encode([prepared], CancellationToken.None));

        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var window = prepared.Windows[0];
        var pictures = last.Network.Project(last.Network.EncodePictures(tensor(window.Pixels, [1, 3, 32, 32], device: TestDevice.Name)));
        var embedded = last.Network.Embed(window.TokenIds, pictures, last.Tokenizer.Find("<|image|>")!.Value);
        var hidden = last.Network.Hidden(embedded, SequenceLayout.Of(window.TokenIds.Length));

        AssertClose(Unit(hidden.select(0, window.Spans[1].Start + window.Spans[1].Length - 1)), embedding.PartVector(1), 1e-5);
        AssertClose(mean.PartVector(0), embedding.PartVector(0), 1e-5);
        AssertClose(mean.PartVector(2), embedding.PartVector(2), 1e-5);
        Assert.NotEqual(model.Encoder.Fingerprint, last.Encoder.Fingerprint);
    }

    [Fact]
    public void Every_vector_has_unit_length_and_different_inputs_differ()
    {
        var embeddings = model.Encoder.Encode([.. Mixed().Select(Prepare)], CancellationToken.None);
        foreach (var embedding in embeddings)
        {
            Assert.Equal(embedding.Parts.Count * embedding.Dimension, embedding.PartVectors.Length);
            for (var i = 0; i < embedding.Parts.Count; i++)
                Assert.Equal(1, Dot(embedding.PartVector(i), embedding.PartVector(i)), 1e-5);
            Assert.Equal(1, Dot(embedding.DocumentVector, embedding.DocumentVector), 1e-5);
        }

        for (var i = 1; i < embeddings.Count; i++)
            Assert.True(Dot(embeddings[0].DocumentVector, embeddings[i].DocumentVector) < 0.999);
    }

    [Fact]
    public void Windows_are_averaged()
    {
        using var prepared = Prepare(Samples.Document([.. Enumerable.Range(0, 40).Select(static i => Samples.Text($"Sentence number {i} tells of something new."))]));
        Assert.True(prepared.Windows.Count > 1);
        var whole = Assert.Single(model.Encoder.Encode([prepared], CancellationToken.None));

        var sum = new float[whole.Dimension];
        foreach (var window in prepared.Windows)
        {
            EmbeddedPart[] parts = [.. window.Spans.Select(static s => new EmbeddedPart(0, s.Kind, 0, 1))];
            var alone = Assert.Single(model.Encoder.Encode([new PreparedDocument([window], parts)], CancellationToken.None));
            for (var i = 0; i < sum.Length; i++)
                sum[i] += alone.DocumentVector.Span[i];
        }

        AssertClose(Unit(tensor(sum)), whole.DocumentVector, 1e-5);
    }

    [Fact]
    public void The_head_and_the_soft_prompts_of_the_folder_are_used()
    {
        var lengths = new Dictionary<InputModality, int> { [InputModality.Text] = 3, [InputModality.Image] = 2 };
        using (var head = new EmbeddingHead(32, (24, 12), lengths))
        {
            head.Save(folder.Folder);
        }

        using var plain = folder.Load();
        Assert.Equal(12, plain.Encoder.Dimension);
        var text = Samples.Document(Samples.Text("A cat."));
        using var prepared = plain.Preparer.Prepare(text, CancellationToken.None);

        // Three placeholders take the place of the words; the last of them is the summary.
        var soft = plain.Tokenizer.Find("<|summary|>")!.Value;
        Assert.Equal([soft, soft, soft], prepared.Windows[0].TokenIds[^3..]);
        using (var interleaved = plain.Preparer.Prepare(Samples.Document(Samples.Text("A"), Samples.Picture(1)), CancellationToken.None))
            Assert.DoesNotContain(soft, interleaved.Windows[0].TokenIds);

        var before = plain.Encoder.Encode([prepared], CancellationToken.None)[0].DocumentVector;
        using (no_grad())
            plain.Head.SoftPrompt(InputModality.Text)!.fill_(0.5);
        var after = plain.Encoder.Encode([prepared], CancellationToken.None)[0].DocumentVector;
        Assert.True(Dot(before, after) < 0.999);
        Assert.NotEqual(model.Encoder.Fingerprint, plain.Encoder.Fingerprint);
    }

    [Fact]
    public void Encoding_leaves_no_tensor_behind()
    {
        var documents = Mixed().Select(Prepare).ToList();
        model.Encoder.Encode(documents, CancellationToken.None);
        var before = LiveHandles.Count();
        for (var i = 0; i < 3; i++)
            model.Encoder.Encode(documents, CancellationToken.None);
        Assert.Equal(before, torch.memory.live_handles);
    }

    [Fact]
    public void A_cancelled_encoding_stops() =>
        Assert.Throws<OperationCanceledException>(() => model.Encoder.Encode([Prepare(Samples.Document(Samples.Text("a")))], new CancellationToken(canceled: true)));

    private static IEnumerable<InterleavedDocument> Mixed() =>
    [
        Samples.Document(Samples.Text("A cat sits on a mat.")),
        Samples.Document(Samples.Picture(1)),
        Samples.Document(Samples.Text("First."), Samples.Picture(2), Samples.Text("Then a longer text that goes on for a while."), Samples.Picture(3)),
        Samples.Document(Samples.Text("Layers are stacked like sheets of glass.")),
        Samples.Document([.. Enumerable.Range(0, 40).Select(static DocumentPart (i) => i % 5 == 0 ? Samples.Picture(i) : Samples.Text($"Sentence {i} of many."))]),
        Samples.Document(Samples.Text("x")),
    ];

    private PreparedDocument Prepare(InterleavedDocument document) => model.Preparer.Prepare(document, CancellationToken.None);

    private static ReadOnlyMemory<float> Unit(Tensor state)
    {
        var values = state.data<float>();
        var norm = Math.Sqrt(values.Sum(static v => (double)v * v));
        return Array.ConvertAll(values, v => (float)(v / norm));
    }

    private static double Dot(ReadOnlyMemory<float> a, ReadOnlyMemory<float> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
            sum += (double)a.Span[i] * b.Span[i];
        return sum;
    }

    private static void AssertClose(ReadOnlyMemory<float> expected, ReadOnlyMemory<float> actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected.Span[i], actual.Span[i], tolerance);
    }
}
