using UnifiedVlm.Model;
using UnifiedVlm.Model.Decoder;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Tests.Unit.Model.Generation;

[Collection(LiveHandles.Collection)]
public sealed class TextGeneratorTests : IDisposable
{
    private readonly ModelFolder folder = new();
    private readonly UnifiedModel model;

    public TextGeneratorTests() => model = folder.Load();

    public void Dispose()
    {
        model.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void The_same_seed_gives_the_same_tokens()
    {
        var sampling = new SamplingOptions { Temperature = 1, MaxTokens = 20, Seed = 7 };
        Assert.Equal(Run(sampling).Select(static t => t.Id), Run(sampling).Select(static t => t.Id));
        Assert.NotEqual(Run(sampling).Select(static t => t.Id), Run(sampling with { Seed = 8 }).Select(static t => t.Id));
    }

    [Fact]
    public void Weights_in_bfloat16_generate_with_their_cache_what_they_generate_without()
    {
        using var rounded = UnifiedModelLoader.Load(folder.Folder, TestDevice.Name, seed: 1, type: ScalarType.BFloat16);
        using var prompt = Prompt();
        var cached = rounded.Generator.Generate(prompt, SamplingOptions.Greedy with { MaxTokens = 8 }, CancellationToken.None).Select(static t => t.Id).ToArray();
        Assert.Equal(8, cached.Length);

        using var noGradients = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var ids = prompt.Window.TokenIds.ToList();
        foreach (var chosen in cached)
        {
            // Of the whole text anew: what the model likes best, or what comes within a rounding of it.
            var hidden = rounded.Network.Hidden(rounded.Network.Embed([.. ids], null, -1), SequenceLayout.Of(ids.Count));
            var logits = rounded.Network.Logits(hidden.narrow(0, ids.Count - 1, 1)).to(ScalarType.Float32).data<float>();
            Assert.True(logits[chosen] > logits.Order().ElementAt(logits.Length - 20), $"{chosen} is not among the likeliest");
            ids.Add(chosen);
        }
    }

    [Fact]
    public void Generations_that_take_turns_do_not_disturb_each_other()
    {
        var alone = Run(SamplingOptions.Greedy with { MaxTokens = 12 });
        using var prompt = Prompt();
        using var otherPrompt = Prompt("Something else?");
        using var one = model.Generator.Generate(prompt, SamplingOptions.Greedy with { MaxTokens = 12 }, CancellationToken.None).GetEnumerator();
        using var other = model.Generator.Generate(otherPrompt, SamplingOptions.Greedy with { MaxTokens = 12 }, CancellationToken.None).GetEnumerator();
        var tokens = new List<GeneratedToken>();
        while (one.MoveNext())
        {
            tokens.Add(one.Current);
            other.MoveNext();
        }

        Assert.Equal(alone.Select(static t => t.Id), tokens.Select(static t => t.Id));
    }

    [Fact]
    public void No_special_token_but_the_stops_is_ever_chosen()
    {
        var tokens = Run(new SamplingOptions { Temperature = 50, MaxTokens = 150, Seed = 1 });
        Assert.DoesNotContain(tokens, token => model.Tokenizer.IsSpecial(token.Id));
        Assert.DoesNotContain(tokens, token => model.Tokenizer.Token(token.Id) is null);
    }

    [Fact]
    public void A_generation_ends_at_the_context_and_frees_what_it_held()
    {
        Run(SamplingOptions.Greedy);
        var before = LiveHandles.Count();
        using var prompt = Prompt();
        var room = 256 - prompt.Window.TokenIds.Length;
        Assert.InRange(Run(new SamplingOptions { Temperature = 50, MaxTokens = 10_000, Seed = 2 }).Count, 1, room);
        Assert.Equal(before, torch.memory.live_handles);
    }

    [Fact]
    public void A_cancelled_generation_stops_and_frees_its_cache()
    {
        using var prompt = Prompt();
        using var cancel = new CancellationTokenSource();
        var before = LiveHandles.Count();
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (var token in model.Generator.Generate(prompt, SamplingOptions.Greedy, cancel.Token))
                cancel.Cancel();
        });
        Assert.Equal(before, torch.memory.live_handles);
    }

    [Fact]
    public void Many_prompts_at_once_give_what_each_gives_alone()
    {
        var questions = Enumerable.Range(1, 7).Select(static i => string.Join(' ', Enumerable.Range(0, 5 * i))).ToList();
        var sampling = new SamplingOptions { Temperature = 1, Seed = 5, MaxTokens = 9 };
        var prompts = questions.ConvertAll(Prompt);
        var together = model.BatchGenerator.Generate([.. prompts.Select(p => new TextRequest(p, sampling))], CancellationToken.None);
        Assert.Equal(questions.Count, together.Count);
        for (var i = 0; i < prompts.Count; i++)
        {
            var alone = model.Generator.Generate(prompts[i], sampling, CancellationToken.None).ToList();
            Assert.Equal(new GeneratedText(string.Concat(alone.Select(static t => t.Text)), alone.Count, alone.Count < 9), together[i]);
            prompts[i].Dispose();
        }

        Assert.True(together.Select(static t => t.Text).Distinct().Count() > 1);
    }

    [Fact]
    public void A_token_comes_with_its_probability_under_the_distribution_as_the_model_gave_it()
    {
        using var prompt = model.Prompts.Build(Samples.Document(Samples.Text("What is this?")), [], 16, CancellationToken.None);
        var sampling = new SamplingOptions { Temperature = 5, PresencePenalty = 2, RepetitionPenalty = 1.5f, MaxTokens = 6, Seed = 4 };
        var tokens = model.Generator.Generate(prompt, sampling, CancellationToken.None).ToList();
        int[] ids = [.. prompt.Window.TokenIds, .. tokens.Select(static token => token.Id)];

        using var scope = torch.NewDisposeScope();
        using var noGradients = torch.no_grad();
        var logits = model.Network.Logits(model.Network.Hidden(model.Network.Embed(ids, null, -1), SequenceLayout.Of(ids.Length)));
        var probabilities = torch.nn.functional.log_softmax(logits, 1);
        for (var i = 0; i < tokens.Count; i++)
            Assert.Equal(probabilities[prompt.Window.TokenIds.Length + i - 1, tokens[i].Id].item<float>(), tokens[i].LogProbability, 1e-4f);
    }

    [Fact]
    public void A_text_that_can_not_choose_fails_alone()
    {
        var sampling = SamplingOptions.Greedy with { MaxTokens = 6 };
        var expected = Run(sampling).Select(static t => t.Id).ToList();
        using var prompt = Prompt();
        using var first = model.Generator.TryBegin(prompt, sampling)!;

        // What the prompt has becomes infinitely likely.
        using var failing = model.Generator.TryBegin(prompt, sampling with { RepetitionPenalty = float.Epsilon })!;
        using var last = model.Generator.TryBegin(prompt, sampling)!;
        var steps = model.Generator.Step([first, failing, last], 10_000);
        Assert.IsType<ModelOutputException>(steps[1].Failure);
        var (ids, others) = (new List<int> { steps[0].Token!.Value.Id }, new List<int> { steps[2].Token!.Value.Id });
        while (!first.IsFinished)
        {
            var next = model.Generator.Step([first, last], 10_000);
            ids.Add(next[0].Token!.Value.Id);
            others.Add(next[1].Token!.Value.Id);
        }

        Assert.Equal(expected, ids);
        Assert.Equal(expected, others);
    }

    [Fact]
    public void A_generation_without_a_distribution_ends_with_its_reason()
    {
        using var prompt = Prompt();
        Assert.Throws<ModelOutputException>(() => model.Generator.Generate(prompt, SamplingOptions.Greedy with { RepetitionPenalty = float.Epsilon }, CancellationToken.None).ToList());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(40)]
    public void A_prompt_read_in_stretches_beside_others_gives_what_it_gives_alone(int promptTokens)
    {
        var sampling = SamplingOptions.Greedy with { MaxTokens = 10 };
        var alone = Run(sampling).ConvertAll(static token => token.Id);
        using var prompt = Prompt();
        using var otherPrompt = Prompt("What was in the other picture, the one with the red frame?");
        using var text = model.Generator.TryBegin(prompt, sampling)!;
        using var other = model.Generator.TryBegin(otherPrompt, sampling with { MaxTokens = 60 })!;
        var tokens = new List<int>();
        while (!text.IsFinished)
        {
            var steps = model.Generator.Step([.. new[] { other, text }.Where(static running => !running.IsFinished)], promptTokens);
            Assert.All(steps, static step => Assert.Null(step.Failure));
            if (steps[^1].Token is { } token)
                tokens.Add(token.Id);
        }

        Assert.Equal(alone, tokens);
    }

    [Fact]
    public void What_prompts_begin_with_is_computed_once_within_a_scope()
    {
        GenerationPrompt Ask(string scope, int picture)
        {
            var prompt = model.Prompts.Build(
                Samples.Document(Samples.Text(string.Join(' ', Enumerable.Range(100, 30))), Samples.Picture(picture), Samples.Text("What is it?")), [], 16, CancellationToken.None);
            prompt.Scope = scope;
            return prompt;
        }

        List<int> Answer(GenerationPrompt prompt) => [.. model.Generator.Generate(prompt, SamplingOptions.Greedy with { MaxTokens = 12 }, CancellationToken.None).Select(static token => token.Id)];

        using var first = Ask("a", 3);
        var answer = Answer(first);
        Assert.Equal(0, model.Generator.Cache.SharedTokens);
        using var elsewhere = Ask("b", 3);
        Assert.Equal(answer, Answer(elsewhere));
        Assert.Equal(0, model.Generator.Cache.SharedTokens);
        using var again = Ask("a", 3);
        Assert.Equal(answer, Answer(again));
        var shared = model.Generator.Cache.SharedTokens;
        Assert.InRange(shared, 16, Array.IndexOf(again.Window.TokenIds, model.Format.ImageToken));

        // The same ids with another picture behind them: only what stands before it is the same.
        using var anotherPicture = Ask("a", 4);
        var other = Answer(anotherPicture);
        Assert.Equal(2 * shared, model.Generator.Cache.SharedTokens);
        using var fresh = folder.Load();
        Assert.Equal(fresh.Generator.Generate(anotherPicture, SamplingOptions.Greedy with { MaxTokens = 12 }, CancellationToken.None).Select(static token => token.Id), other);
        Assert.Equal(0, model.Generator.Cache.UsedBlocks);
    }

    [Fact]
    public void Texts_beyond_the_cache_wait_for_room()
    {
        using var small = UnifiedModelLoader.Load(folder.Folder, TestDevice.Name, seed: 1, generation: new GenerationOptions { CacheBytes = 1 });
        var sampling = SamplingOptions.Greedy with { MaxTokens = 10_000 };
        using var prompt = Prompt();
        using (var text = small.Generator.TryBegin(prompt, sampling))
        {
            Assert.NotNull(text);
            Assert.Equal(small.Generator.Cache.Blocks, small.Generator.Cache.UsedBlocks);
            Assert.Null(small.Generator.TryBegin(prompt, sampling));
        }

        Assert.Equal(0, small.Generator.Cache.UsedBlocks);
        using var next = small.Generator.TryBegin(prompt, sampling);
        Assert.NotNull(next);
    }

    [Fact]
    public void A_text_that_fails_takes_no_other_with_it()
    {
        var sampling = SamplingOptions.Greedy with { MaxTokens = 6 };
        var alone = Run(sampling).ConvertAll(static token => token.Id);
        using var prompt = Prompt();
        var broken = Prompt();
        using var text = model.Generator.TryBegin(prompt, sampling)!;
        using var failing = model.Generator.TryBegin(broken, sampling)!;
        broken.Dispose(); // Its pixels are gone before they have been read.
        var steps = model.Generator.Step([failing, text], 1000);
        Assert.IsType<ObjectDisposedException>(steps[0].Failure);
        Assert.Null(steps[1].Failure);
        var tokens = new List<int> { steps[1].Token!.Value.Id };
        while (!text.IsFinished)
            tokens.Add(model.Generator.Step([text], 1000)[0].Token!.Value.Id);
        Assert.Equal(alone, tokens);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_character_that_is_left_open_is_told_at_the_end(bool byTheModel)
    {
        using var prompt = Prompt();
        using var text = (RunningText)model.Generator.TryBegin(prompt, SamplingOptions.Greedy with { MaxTokens = 2 })!;
        var (open, end) = (model.Tokenizer.Encode("\U0001F9FF")[0], model.Tokenizer.Find("<|end|>")!.Value);
        Assert.Equal("", text.Choose(Likeliest(open), new float[1])?.Text);
        Assert.Equal(byTheModel ? "\uFFFD" : "\uFFFDa", text.Choose(Likeliest(byTheModel ? end : model.Tokenizer.Encode("a")[0]), new float[1])?.Text);
        Assert.Equal((true, byTheModel), (text.IsFinished, text.HasEnded));

        float[] Likeliest(int id)
        {
            var logits = new float[model.Network.Config.LmVocabSize];
            logits[id] = 10;
            return logits;
        }
    }

    [Fact]
    public void A_text_that_ends_with_nothing_open_ends_without_a_token()
    {
        using var prompt = Prompt();
        using var text = (RunningText)model.Generator.TryBegin(prompt, SamplingOptions.Greedy with { MaxTokens = 2 })!;
        var logits = new float[model.Network.Config.LmVocabSize];
        logits[model.Tokenizer.Find("<|end|>")!.Value] = 10;
        Assert.Null(text.Choose(logits, new float[1]));
        Assert.True(text.HasEnded);
    }

    private List<GeneratedToken> Run(SamplingOptions sampling)
    {
        using var prompt = Prompt();
        return [.. model.Generator.Generate(prompt, sampling, CancellationToken.None)];
    }

    private GenerationPrompt Prompt(string question = "What is this?") =>
        model.Prompts.Build(Samples.Document(Samples.Text(question), Samples.Picture(3)), [], 16, CancellationToken.None);
}
