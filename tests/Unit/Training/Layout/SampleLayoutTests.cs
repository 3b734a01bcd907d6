using UnifiedVlm.Documents;
using UnifiedVlm.Model;
using UnifiedVlm.Model.Decoder;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Tests.Unit.Model;
using UnifiedVlm.Torch.Imaging;
using UnifiedVlm.Training.Layout;
using UnifiedVlm.Training.Recipes;
using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Tests.Unit.Training.Layout;

/// <summary>What was trained is what is served.</summary>
public sealed class SampleLayoutTests : IDisposable
{
    private readonly ModelFolder folder = new();
    private readonly UnifiedModel model;
    private readonly SampleLayout layout;
    private readonly Picture square = new ToyData().Square(5);

    public SampleLayoutTests()
    {
        model = folder.Load();
        layout = new SampleLayout(model);
    }

    public void Dispose()
    {
        model.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void An_embedded_content_is_laid_out_as_a_document()
    {
        using var served = model.Preparer.Prepare(Samples.Document(Samples.Text("A cat."), Encoded(), Samples.Text("A dog.")), CancellationToken.None);
        using var trained = layout.Embedded(new Content([new TextContent("A cat."), new PictureContent(square), new TextContent("A dog.")]));
        AssertSame(served.Windows[0], trained, served.Windows[0].TokenIds.Length);
        Assert.Equal(served.Windows[0].TokenIds.Length, trained.Pass.SummaryEnd);
    }

    [Fact]
    public void A_picture_with_regions_predicts_their_words_at_its_image_tokens()
    {
        var tokens = model.Network.Config.ImageTokens;
        var half = square.Side / 2;
        using var trained = layout.Regions(new RegionSample(square, [new Region(0, 0, square.Side, half, "cat"), new Region(0, half, square.Side, square.Side, "cat")], null));
        int[] words = [.. model.Tokenizer.Encode(" cat").Distinct()];

        Assert.Equal(Enumerable.Range(0, tokens).SelectMany(cell => Enumerable.Repeat(cell, words.Length)), trained.Places);
        Assert.Equal(Enumerable.Range(0, tokens).SelectMany(_ => words.Select(static id => (long)id)), trained.Targets);
        Assert.Equal(1, trained.Pictures);
    }

    [Fact]
    public void A_dialogue_with_evidence_is_laid_out_as_the_prompt_and_answers_to_the_end_of_the_turn()
    {
        using var served = model.Prompts.Build(Samples.Document(Samples.Text("What?")), [Samples.Document(Samples.Text("A cat."), Encoded()) with { Title = "Cats" }], 16, CancellationToken.None);
        using var trained = layout.Answered(new DialogueSample([new EvidenceItem("Cats", new Content([new TextContent("A cat."), new PictureContent(square)]))], Content.Of("What?"), "A cat [1]."));
        AssertSame(served.Window, trained, served.Window.TokenIds.Length);
        AssertPredicted("A cat [1].<|end|>", trained);
        Assert.Equal(0, trained.Pass.SummaryEnd);
    }

    [Fact]
    public void A_question_about_its_own_content_has_no_instruction()
    {
        using var served = model.Prompts.Build(Samples.Document(Encoded(), Samples.Text("What?")), [], null, 16, CancellationToken.None);
        using var trained = layout.Answered(new DialogueSample([], new Content([new PictureContent(square), new TextContent("What?")]), "red"));
        AssertSame(served.Window, trained, served.Window.TokenIds.Length);
        AssertPredicted("red<|end|>", trained);
    }

    [Fact]
    public void Further_turns_follow_as_far_as_they_fit_and_their_answers_are_predicted_too()
    {
        var first = new DialogueSample([], new Content([new PictureContent(square), new TextContent("What?")]), "red");
        using var one = layout.Answered(first);
        using var trained = layout.Answered(first with { Further = [("How many?", "two"), (string.Concat(Enumerable.Repeat("Where? ", 5000)), "left"), ("Where?", "right")] });

        AssertPredicted("red<|end|>two<|end|>right<|end|>", trained);
        Assert.Equal(
            model.Tokenizer.Decode(one.Pass.Window.TokenIds) + "<|user|>How many?\n<|end|><|assistant|>two<|end|><|user|>Where?\n<|end|><|assistant|>right<|end|>",
            model.Tokenizer.Decode(trained.Pass.Window.TokenIds));
        Assert.Equal(1, trained.Pictures);
    }

    [Theory]
    [InlineData(CaptionSight.Content)]
    [InlineData(CaptionSight.Prompt)]
    [InlineData(CaptionSight.Summary)]
    public void A_caption_follows_the_summary_prompt(CaptionSight sees)
    {
        using var served = model.Preparer.Prepare(Samples.Document(Encoded()), CancellationToken.None);
        using var trained = layout.Captioned(new CaptionSample(Content.Of(square), "A red square."), sees);
        var end = served.Windows[0].TokenIds.Length;
        AssertSame(served.Windows[0], trained, end);
        AssertPredicted("A red square.<|end|>", trained);
        SequenceCut? expected = sees switch
        {
            CaptionSight.Content => null,
            CaptionSight.Prompt => new SequenceCut(end - model.Summaries[InputModality.Image].Count, end),
            _ => new SequenceCut(end - 1, end),
        };
        Assert.Equal(expected, trained.Pass.Cut);
    }

    [Fact]
    public void A_document_predicts_its_texts_and_no_picture()
    {
        using var read = Assert.Single(layout.Read(new Content([new TextContent("A cat."), new PictureContent(square), new TextContent("A dog.")])));
        AssertPredicted("A cat.\nA dog.\n", read);
        Assert.Equal($"<|bos|><|user|>A cat.\n{string.Concat(Enumerable.Repeat("<|image|>", 4))}\nA dog.\n", model.Tokenizer.Decode(read.Pass.Window.TokenIds));
    }

    private ImagePart Encoded() => new(new InlineImage(ImageEncoder.EncodePng(new RgbImage(square.Side, square.Side, square.Rgb.ToArray()))));

    private void AssertPredicted(string expected, TrainingSequence sequence)
    {
        Assert.Equal(expected, model.Tokenizer.Decode([.. sequence.Targets.Select(static id => (int)id)]));
        Assert.Equal(sequence.Targets, sequence.Places.Select(place => (long)sequence.Pass.Window.TokenIds[place + 1]));
    }

    private static void AssertSame(PreparedWindow served, TrainingSequence trained, int tokens)
    {
        var window = trained.Pass.Window;
        Assert.Equal(served.TokenIds, window.TokenIds[..tokens]);
        Assert.Equal(served.Spans, window.Spans);
        Assert.Equal(served.Pixels.Length, window.Pixels.Length);
        for (var i = 0; i < served.Pixels.Length; i++)
            Assert.Equal(served.Pixels[i], window.Pixels[i], 1e-5f);
    }
}
