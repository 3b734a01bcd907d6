using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Actors.Queries;

/// <summary>What is brought into memory for an answer.</summary>
public sealed class EvidenceTests : IAsyncLifetime
{
    private const int PictureBytes = 100;

    private readonly ManualTimeProvider time = new();
    private readonly FakeBackend backend = new();
    private readonly ActorSystem system;

    public EvidenceTests()
    {
        system = new ActorSystem("test", time: time);
        backend.Tokens.Add("Yes.");
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await system.DisposeAsync();

    [Fact]
    public async Task Only_the_pictures_that_passages_show_are_loaded_and_each_once()
    {
        backend.Add(FakeBackend.Document("a", "apple", "!one", "!two", "!three"), part: 1, text: 1);
        backend.Add(FakeBackend.Document("b", "apple", "!one", "!four"), part: 2, text: 2);
        byte[] file = [1, 2, 3];
        backend.Pictures[FakeBackend.PictureHash("one")] = file;

        await AnswerAsync(Start(1000));

        Assert.Equal([FakeBackend.PictureHash("one")], backend.PicturesLoaded);
        var shown = backend.LastEvidence!.SelectMany(static document => document.Parts).OfType<ImagePart>().ToArray();
        Assert.Equal(["one", "one"], shown.Select(static picture => picture.Alt));
        Assert.All(shown, picture => Assert.Equal(file, Assert.IsType<InlineImage>(picture.Source).Data.ToArray()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pictures_that_have_gone_are_left_out_and_a_document_of_them_alone_is_no_evidence(bool late)
    {
        backend.Add(FakeBackend.Document("a", "apple", "!apple"), part: 1, text: 1);
        backend.Add(FakeBackend.Document("picture", "!pear"), part: 2, text: 2);
        backend.Add(FakeBackend.Document("c", "apple"), part: 3, text: 3);
        Lose(late);

        var events = await AnswerAsync(Start(1000));

        Assert.Equal(["a", "c"], Assert.IsType<EvidenceEvent>(events[0]).Hits.Select(static hit => hit.Id));
        Assert.Equal(["a", "c"], backend.LastEvidence!.Select(static document => document.Id));
        Assert.All(backend.LastEvidence!, static document => Assert.IsType<TextPart>(Assert.Single(document.Parts)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_all_that_was_found_has_gone_the_answer_says_so(bool late)
    {
        backend.Add(FakeBackend.Document("picture", "!apple"), part: 1, text: 1);
        Lose(late);
        var events = await AnswerAsync(Start(1000));
        Assert.Equal(AnswerEnd.NoEvidence, Assert.IsType<DoneEvent>(events[^1]).Reason);
    }

    [Fact]
    public async Task A_picture_whose_file_has_no_room_is_left_out_and_smaller_ones_behind_it_are_not()
    {
        backend.Add(FakeBackend.Document("a", "apple", "!large"), part: 1, text: 1);
        backend.Add(FakeBackend.Document("b", "apple", "!small"), part: 2, text: 2);
        backend.Pictures[FakeBackend.PictureHash("large")] = new byte[901];
        backend.Pictures[FakeBackend.PictureHash("small")] = new byte[10];

        var events = await AnswerAsync(Start(1000));

        Assert.Equal(2, Assert.IsType<EvidenceEvent>(events[0]).Hits.Count);
        Assert.Equal([1, 2], backend.LastEvidence!.Select(static document => document.Parts.Count));
        Assert.Equal([FakeBackend.PictureHash("small")], backend.PicturesLoaded);
    }

    [Fact]
    public async Task Files_that_together_have_no_room_are_left_out_from_the_end()
    {
        backend.Add(FakeBackend.Document("a", "apple", "!one"), part: 1, text: 1);
        backend.Add(FakeBackend.Document("b", "apple", "!two"), part: 2, text: 2);
        foreach (var alt in (string[])["one", "two"])
            backend.Pictures[FakeBackend.PictureHash(alt)] = new byte[401];
        await AnswerAsync(Start(1000));
        Assert.Equal([FakeBackend.PictureHash("one")], backend.PicturesLoaded);
    }

    [Fact]
    public async Task Files_take_room_before_they_are_loaded_and_until_the_prompt_is_built()
    {
        backend.Add(FakeBackend.Document("a", "apple", "!apple"), part: 1, text: 1);
        backend.Pictures[FakeBackend.PictureHash("apple")] = new byte[150];
        // One picture decoded and another one with its file.
        var service = Start((2 * PictureBytes) + 150);
        Gate[] loads = [new(), new()];
        var loading = 0;
        backend.OnLoadPictures = async _ => await loads[Interlocked.Increment(ref loading) - 1].PassAsync();
        var generation = new Gate();
        backend.OnToken = async (_, _) => await generation.PassAsync();

        var first = AnswerAsync(service);
        await loads[0].Entered;
        var second = AnswerAsync(service);
        // Those of the two answers, and of the one that waits for room.
        await time.WhenPendingAsync(3);
        Assert.Equal(1, Volatile.Read(ref loading));

        loads[0].Open();
        await loads[1].Entered;
        await generation.Entered;
        Assert.False(first.IsCompleted);
        loads[1].Open();
        generation.Open();
        Assert.All(await Task.WhenAll(first, second).WaitAsync(TestProbe.Patience), static events => Assert.Single(events.OfType<DoneEvent>()));
    }

    [Theory]
    [InlineData(6, new[] { "a", "b" })]
    [InlineData(5, new[] { "a" })]
    public async Task Documents_whose_texts_have_no_room_behind_better_ones_are_no_evidence(int room, string[] expected)
    {
        backend.Add(FakeBackend.Document("a", "apple"), part: 1, text: 1);
        backend.Add(FakeBackend.Document("b", "apple, and much more"), part: 2, text: 2);
        var events = await AnswerAsync(Start(1000, room));
        Assert.Equal(expected, Assert.IsType<EvidenceEvent>(events[0]).Hits.Select(static hit => hit.Id));
        Assert.Equal(expected, backend.LastEvidence!.Select(static document => document.Id));
    }

    /// <param name="late">Only when their files are to be loaded.</param>
    private void Lose(bool late)
    {
        if (!late)
            backend.Pictures.Clear();
        backend.OnLoadPictures = _ =>
        {
            backend.Pictures.Clear();
            return Task.CompletedTask;
        };
    }

    private static async Task<List<AnswerEvent>> AnswerAsync(QueryService service)
    {
        var events = new List<AnswerEvent>();
        await foreach (var happened in service.AnswerAsync(new AnswerRequest("acme", FakeBackend.Document("q", "apple")), default))
            events.Add(happened);
        return events;
    }

    private QueryService Start(long pictureRoom, long characters = 1000) => QueryService.Start(
        system, "query", backend, backend, backend, backend, new() { PictureBytes = PictureBytes, PixelBudget = pictureRoom, DocumentCharacters = characters });
}
