using UnifiedVlm.Model;
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
        Assert.Equal(Run(sampling), Run(sampling));
        Assert.NotEqual(Run(sampling).Select(static t => t.Id), Run(sampling with { Seed = 8 }).Select(static t => t.Id));
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

    private List<GeneratedToken> Run(SamplingOptions sampling)
    {
        using var prompt = Prompt();
        return [.. model.Generator.Generate(prompt, sampling, CancellationToken.None)];
    }

    private GenerationPrompt Prompt(string question = "What is this?") =>
        model.Prompts.Build(Samples.Document(Samples.Text(question), Samples.Picture(3)), [], 16, CancellationToken.None);
}
