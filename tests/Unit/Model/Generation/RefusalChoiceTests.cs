using UnifiedVlm.Model;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Decoder;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Tests.Unit.Model.Generation;

public sealed class RefusalChoiceTests : IDisposable
{
    private static readonly RefusalSettings Always = new() { RefusalWeight = 0, QuestionWeight = 0, Bias = 1 };
    private static readonly RefusalSettings Never = Always with { Bias = -1 };

    private readonly ModelFolder folder = new();
    private readonly UnifiedModel plain;

    public RefusalChoiceTests()
    {
        // Weights of its own: what comes from a seed decides nothing.
        using (var seeded = folder.Load())
            ModelCheckpoint.Save(seeded.Network, folder.Folder);
        plain = folder.Load();
    }

    public void Dispose()
    {
        plain.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void A_refusal_is_decided_on_before_the_first_token_however_the_prompt_is_read(int promptTokens)
    {
        using var model = Load(Always);
        using var prompt = Prompt(model);
        using var text = model.Generator.TryBegin(prompt, SamplingOptions.Greedy)!;
        var said = "";
        while (!text.IsFinished)
            said += model.Generator.Step([text], promptTokens)[0].Token?.Text;
        Assert.Equal(PreparationSettings.Refusal, said);
        Assert.True(((RunningText)text).HasEnded);
    }

    [Fact]
    public void What_is_decided_by_is_what_one_pass_without_a_cache_gives()
    {
        using var prompt = Prompt(plain);
        using var picture = Prompt(plain, withPicture: true);
        var expected = Signs(prompt);
        var signs = plain.BatchGenerator.Signs([prompt, picture, prompt], CancellationToken.None);
        foreach (var sign in new[] { signs[0]!.Value, signs[2]!.Value })
        {
            Assert.Equal(expected.Refusal, sign.Refusal, 1e-3);
            Assert.Equal(expected.Question, sign.Question, 1e-4);
        }

        Assert.NotNull(signs[1]);
    }

    [Fact]
    public void Where_it_does_not_refuse_the_text_is_the_models_own()
    {
        using var model = Load(Never);
        using var prompt = Prompt(model);
        using var picture = Prompt(model, withPicture: true);
        foreach (var sampling in new[] { SamplingOptions.Greedy with { MaxTokens = 24 }, new SamplingOptions { Temperature = 1, Seed = 3, MaxTokens = 24 } })
        {
            var texts = model.BatchGenerator.Generate([new(prompt, sampling), new(picture, sampling)], CancellationToken.None);
            Assert.Equal(plain.BatchGenerator.Generate([new(prompt, sampling), new(picture, sampling)], CancellationToken.None), texts);
            Assert.Equal(texts[0].Text, string.Concat(model.Generator.Generate(prompt, sampling, CancellationToken.None).Select(static token => token.Text)));

            // Once more, with what the prompt begins with in the cache.
            Assert.Equal(texts[0].Text, string.Concat(model.Generator.Generate(prompt, sampling, CancellationToken.None).Select(static token => token.Text)));
        }

        Assert.True(model.Generator.Cache.SharedTokens > 0);
        Assert.Equal(0, model.Generator.Cache.UsedBlocks);
    }

    [Fact]
    public void A_text_of_few_tokens_has_the_beginning_of_the_refusal()
    {
        using var model = Load(Always);
        using var prompt = Prompt(model);
        var text = model.BatchGenerator.Generate([new(prompt, SamplingOptions.Greedy with { MaxTokens = 2 })], CancellationToken.None)[0];
        Assert.Equal(new GeneratedText("The documents", 2, false), text);
    }

    [Fact]
    public void Only_questions_of_text_asked_of_evidence_under_the_own_instruction_are_decided_on()
    {
        var question = Samples.Document(Samples.Text("What is it?"));
        var evidence = new[] { Samples.Document(Samples.Text("A cat.")) };
        using var asked = plain.Prompts.Build(question, evidence, 16, CancellationToken.None);
        var ids = asked.Window.TokenIds.AsSpan(asked.Asked!.Value.Start, asked.Asked.Value.Length).ToArray();
        Assert.Equal("What is it?\n", plain.Tokenizer.Decode(ids));
        using var copy = asked.Copy();
        Assert.Equal(asked.Asked, copy.Asked);

        using var withPicture = plain.Prompts.Build(Samples.Document(Samples.Text("What is it?"), Samples.Picture(1)), evidence, 16, CancellationToken.None);
        using var withoutEvidence = plain.Prompts.Build(question, [], 16, CancellationToken.None);
        using var otherInstruction = plain.Prompts.Build(question, evidence, "Be brief.", 16, CancellationToken.None);
        using var tooLong = plain.Prompts.Build(Samples.Document(Samples.Text(string.Concat(Enumerable.Repeat("What? ", 65)))), evidence, 8, CancellationToken.None);
        Assert.Equal(1, tooLong.EvidenceCount);
        Assert.All(new[] { withPicture, withoutEvidence, otherInstruction, tooLong }, static prompt => Assert.Null(prompt.Asked));
    }

    [Fact]
    public void Where_the_evidence_answers_no_text_begins_with_the_refusal()
    {
        // Three ids, the refusal is 0 1 2; the prompt is 2 2 2 with the question at 1.
        var choice = new RefusalChoice(Never, [0, 1, 2], new AskedSpan(1, 1));
        float[] rows = [0, 0, 0, /* after the question */ 0, 0, 0, /* after the prompt */ 2, 1.5f, 0, /* after 0 */ 0, 4, 0, /* after 0 1 */ 0, 0, 9];
        float[] sums = [.. rows.Chunk(3).Select(static row => MathF.Log(row.Sum(MathF.Exp)))];
        var end = choice.Decide([2, 2, 2], rows, sums);
        Assert.Equal(2, end);
        Assert.Null(choice.Forced(0));

        // P(0) less what of it goes on with 1 is below P(1).
        var first = choice.WithoutRefusal(rows.AsSpan(end * 3, 3), 0, 0).ToArray();
        Assert.Equal(Math.Exp(2) * (1 - (Math.Exp(4) / (2 + Math.Exp(4)))), Math.Exp(first[0]), 1e-4);
        Assert.Equal([1.5f, 0], first[1..]);
        Assert.Equal(float.NegativeInfinity, choice.WithoutRefusal([1, 1, 1], 1, previous: 0)[1]);
        Assert.Equal([1, 1, 1], choice.WithoutRefusal([1, 1, 1], 1, previous: 2).ToArray());
        Assert.Equal([1, 1, 1], choice.WithoutRefusal([1, 1, 1], 2, previous: 0).ToArray());
    }

    private UnifiedModel Load(RefusalSettings settings)
    {
        File.WriteAllText(Path.Combine(folder.Folder, RefusalSettings.FileName), settings.ToString());
        return folder.Load();
    }

    private static GenerationPrompt Prompt(UnifiedModel model, bool withPicture = false) => model.Prompts.Build(
        Samples.Document(Samples.Text("What is the crop tool?")),
        [Samples.Document([Samples.Text("The crop tool cuts a picture."), .. withPicture ? [Samples.Picture(3)] : Array.Empty<UnifiedVlm.Documents.DocumentPart>()])],
        32,
        CancellationToken.None);

    private RefusalSigns Signs(GenerationPrompt prompt)
    {
        int[] refusal = [.. plain.Tokenizer.Encode(PreparationSettings.Refusal), plain.Format.Close[0]];
        int[] ids = [.. prompt.Window.TokenIds, .. refusal];
        using var noGradients = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var logits = plain.Network.Logits(plain.Network.Hidden(plain.Network.Embed(ids, null, -1), SequenceLayout.Of(ids.Length)));
        var probabilities = torch.nn.functional.log_softmax(logits, 1);
        var asked = prompt.Asked!.Value;
        return RefusalSigns.Of(Of(asked.Start, asked.Length), Of(prompt.Window.TokenIds.Length, refusal.Length));

        double[] Of(int start, int length) => [.. Enumerable.Range(start, length).Select(i => (double)probabilities[i - 1, ids[i]].item<float>())];
    }
}
