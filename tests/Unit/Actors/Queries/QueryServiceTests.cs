using System.Security.Cryptography;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Actors.Queries;

public sealed class QueryServiceTests : IAsyncLifetime
{
    private readonly ManualTimeProvider time = new();
    private readonly FakeBackend backend = new();
    private readonly ActorSystem system;

    public QueryServiceTests() => system = new ActorSystem("test", time: time);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await system.DisposeAsync();

    [Fact]
    public async Task A_search_finds_ranks_and_shows_what_matched()
    {
        backend.Add(FakeBackend.Document("fruit", "apple pie", "!cherry cake"), part: 2, whole: 1, text: 2);
        backend.Add(FakeBackend.Document("other", "xyz"), part: 1, text: 1);
        var service = Start();
        var request = new SearchRequest("acme", FakeBackend.Document("q", "apple", "!cherry")) { Collection = "books", K = 5 };
        var response = await service.SearchAsync(request, default);

        Assert.Equal(["fruit", "other"], response.Hits.Select(h => h.Id));
        Assert.Equal(2, response.Candidates);
        var hit = response.Hits[0];
        Assert.Equal((2, 1, 2, 1), (hit.PartRank, hit.DocumentRank, hit.TextRank, hit.AlignmentRank));
        Assert.Equal(["apple pie", "cherry cake"], hit.Matches.Select(m => m.Snippet));
        Assert.Equal(("acme", "books", "apple", 200), (backend.LastQuery!.Tenant, backend.LastQuery.Collection, backend.LastQuery.Text, backend.LastQuery.CandidateCount));
    }

    [Fact]
    public async Task A_document_with_the_questions_very_picture_wins_over_what_vectors_say()
    {
        backend.Add(FakeBackend.Document("near", "apple"), part: 1, whole: 1);
        backend.Add(FakeBackend.Document("holder", "xyz"));
        backend.Candidates[1] = backend.Candidates[1] with { PictureRank = 1 };
        byte[] file = [1, 2, 3];
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(file));
        var question = new InterleavedDocument
        {
            Id = "q",
            Parts = [new TextPart("apple"), new ImagePart(new InlineImage(file), "pear"), new ImagePart(new BlobImage(sha256), "pear"), new ImagePart(new BlobImage(new string('a', 64)), "plum")],
        };

        var found = await Start(new() { Weights = new(0.01, 0.01, 0.01) }).SearchAsync(new SearchRequest("a", question), default);

        Assert.Equal([("holder", 1), ("near", (int?)null)], found.Hits.Select(static h => (h.Id, h.PictureRank)));
        // Each once, as the store knows them.
        Assert.Equal([sha256, new string('a', 64)], backend.LastQuery!.Pictures.Select(Convert.ToHexStringLower));
    }

    [Fact]
    public async Task A_hit_that_came_without_its_vectors_keeps_its_rank_and_shows_what_matched()
    {
        backend.Add(FakeBackend.Document("near", "apple"), part: 1);
        backend.Add(FakeBackend.Document("far", "apple pie", "xyz"), part: 2);
        var far = backend.Candidates[1];
        backend.Candidates[1] = far with { HasVectors = false, Embedding = new SequenceEmbedding(FakeBackend.Dimension, [], default, default) };

        var found = await Start(new() { CandidateBytes = 4711 }).SearchAsync(Request(), default);

        Assert.Equal([("near", 1), ("far", (int?)null)], found.Hits.Select(static h => (h.Id, h.AlignmentRank)));
        // 0 would be as good as it gets for a question of one part.
        Assert.Equal([true, false], found.Hits.Select(static h => h.Alignment.HasValue));
        Assert.Equal(2, found.Hits[1].Parts.Count);
        Assert.Contains("apple pie", found.Hits[1].Matches.Select(static m => m.Snippet));
        Assert.Equal(4711, backend.LastQuery!.MaxVectorBytes);
    }

    [Fact]
    public async Task K_limits_the_hits_and_a_k_out_of_range_names_itself()
    {
        for (var i = 1; i <= 5; i++)
            backend.Add(FakeBackend.Document($"d{i}", "apple"), part: i);
        var service = Start();
        Assert.Equal(["d1", "d2"], (await service.SearchAsync(Request() with { K = 2, Snippets = false }, default)).Hits.Select(h => h.Id));
        Assert.Equal("k", (await Assert.ThrowsAsync<DocumentRejectedException>(() => service.SearchAsync(Request() with { K = 101 }, default))).Field);
    }

    [Fact]
    public async Task A_busy_device_is_the_callers_answer_and_no_failure_of_the_actor()
    {
        var service = Start(new() { Actors = 1 });
        backend.OnEncode = _ => throw new DeviceBusyException("full", TimeSpan.FromSeconds(3));
        var busy = await Assert.ThrowsAsync<DeviceBusyException>(() => service.SearchAsync(Request(), default));
        Assert.Equal(3, busy.RetryAfter.TotalSeconds);
        backend.OnEncode = null;
        await service.SearchAsync(Request(), default).WaitAsync(TestProbe.Patience);
    }

    [Fact]
    public async Task Answers_leave_an_actor_to_searches()
    {
        backend.Add(FakeBackend.Document("a", "apple"), part: 1, text: 1);
        backend.Tokens.Add("x");
        var gate = new Gate();
        backend.OnToken = async (_, _) => await gate.PassAsync();
        var service = Start(new() { Actors = 2 });
        var first = AnswerAsync(service);
        await gate.Entered;
        var second = AnswerAsync(service);

        await service.SearchAsync(Request(), default).WaitAsync(TestProbe.Patience);
        Assert.False(second.IsCompleted);
        gate.Open();
        await Task.WhenAll(first, second).WaitAsync(TestProbe.Patience);
        Assert.Equal(2, backend.GenerationsEnded);
    }

    [Fact]
    public async Task An_answer_whose_evidence_has_been_shown_waits_for_a_busy_device()
    {
        backend.Add(FakeBackend.Document("a", "apple"), part: 1, text: 1);
        backend.Tokens.AddRange(["Yes", "."]);
        var refusals = 2;
        backend.OnToken = (_, _) => Interlocked.Decrement(ref refusals) >= 0 ? throw new DeviceBusyException("full", TimeSpan.FromSeconds(1)) : Task.CompletedTask;
        var options = new QueryOptions();
        var answer = AnswerAsync(Start(options));
        for (var i = 0; i < 2; i++)
        {
            // The answer's own timer, and that of the pause.
            await time.WhenPendingAsync(2);
            time.Advance(options.BusyPause);
        }

        var events = await answer.WaitAsync(TestProbe.Patience);
        Assert.Single(events.OfType<EvidenceEvent>());
        Assert.Equal(new DoneEvent("Yes.", 2, AnswerEnd.Complete, PromptTokens: 1), events[^1]);
    }

    [Fact]
    public async Task A_search_that_takes_too_long_times_out_and_frees_its_actor()
    {
        var service = Start(new() { Actors = 1 });
        var entered = new TestProbe<bool>();
        backend.OnEncode = async token =>
        {
            entered.Tell(true);
            await Task.Delay(Timeout.Infinite, token);
        };
        var search = service.SearchAsync(Request(), default);
        await entered.ExpectAsync(true);
        time.Advance(TimeSpan.FromSeconds(31));
        await Assert.ThrowsAsync<TimeoutException>(() => search.WaitAsync(TestProbe.Patience));
        backend.OnEncode = null;
        await service.SearchAsync(Request(), default).WaitAsync(TestProbe.Patience);
    }

    [Fact]
    public async Task Cancelled_searches_never_cost_an_actor()
    {
        var service = Start(new() { Actors = 2, MaxWaiting = 8 });
        for (var i = 0; i < 200; i++)
        {
            using var cancellation = new CancellationTokenSource();
            backend.OnEncode = i % 2 == 0 ? null : async token => await Task.Delay(Timeout.Infinite, token);
            var search = service.SearchAsync(Request(), cancellation.Token);
            await cancellation.CancelAsync();
            try
            {
                await search.WaitAsync(TestProbe.Patience);
            }
            catch (OperationCanceledException)
            {
                Assert.True(cancellation.IsCancellationRequested);
            }
        }

        backend.OnEncode = null;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => service.SearchAsync(Request(), default))).WaitAsync(TestProbe.Patience);
    }

    [Fact]
    public async Task An_answer_brings_evidence_tokens_citations_and_its_end()
    {
        backend.Add(FakeBackend.Document("a", "apple"), part: 1, text: 1);
        backend.Add(FakeBackend.Document("b", "apple banana"), part: 2);
        backend.Tokens.AddRange(["It is ", "[2", "] and [", "7].", " Not [3]."]);
        var events = new List<AnswerEvent>();
        await foreach (var happened in Start().AnswerAsync(Question(), default))
            events.Add(happened);

        Assert.Equal(["a", "b"], Assert.IsType<EvidenceEvent>(events[0]).Hits.Select(h => h.Id));
        Assert.Equal(["a", "b"], backend.LastEvidence!.Select(d => d.Id));
        var citation = Assert.Single(events.OfType<CitationEvent>());
        Assert.Equal((2, "b", 6), (citation.Number, citation.DocumentId, citation.Position));
        Assert.IsType<TokenEvent>(events[events.IndexOf(citation) - 1]);
        Assert.Equal(new DoneEvent("It is [2] and [7]. Not [3].", 5, AnswerEnd.Complete, PromptTokens: 1), events[^1]);
    }

    [Fact]
    public async Task Answers_are_made_from_the_passages_that_speak_of_the_question()
    {
        backend.Add(FakeBackend.Document("a", "Brushes paint.", "Apples grow on trees.", "Pears too."), part: 1);
        await foreach (var _ in Start(new QueryOptions { PassageLength = 25 }).AnswerAsync(Question(), default))
        {
        }

        Assert.Equal("Apples grow on trees.", Assert.Single(backend.LastEvidence!.Single().Parts.OfType<TextPart>()).Text);
    }

    [Fact]
    public async Task Evidence_that_is_gone_can_not_be_cited()
    {
        backend.Add(FakeBackend.Document("gone", "apple"), part: 1, text: 1);
        backend.Add(FakeBackend.Document("here", "apple"), part: 2);
        backend.Stored.Remove("gone");
        backend.Tokens.AddRange(["[1]", "[2]"]);
        var events = new List<AnswerEvent>();
        await foreach (var happened in Start().AnswerAsync(Question(), default))
            events.Add(happened);
        Assert.Equal(["here"], Assert.IsType<EvidenceEvent>(events[0]).Hits.Select(h => h.Id));
        Assert.Equal("here", Assert.Single(events.OfType<CitationEvent>()).DocumentId);
    }

    [Fact]
    public async Task Evidence_that_has_no_room_in_the_prompt_can_not_be_cited()
    {
        backend.Add(FakeBackend.Document("a", "apple"), part: 1, text: 1);
        backend.Add(FakeBackend.Document("b", "apple banana"), part: 2);
        backend.EvidenceRoom = 1;
        backend.Tokens.AddRange(["[2]", "[1]"]);
        var events = await AnswerAsync(Start());
        Assert.Equal(["a"], Assert.IsType<EvidenceEvent>(events[0]).Hits.Select(h => h.Id));
        Assert.Equal(1, Assert.Single(events.OfType<CitationEvent>()).Number);
    }

    [Fact]
    public async Task A_question_beside_which_no_evidence_has_room_is_refused_and_not_answered_with_a_no()
    {
        backend.Add(FakeBackend.Document("a", "apple"), part: 1, text: 1);
        backend.EvidenceRoom = 0;
        var refused = await Assert.ThrowsAsync<DocumentRejectedException>(() => AnswerAsync(Start()));
        Assert.Equal("parts", refused.Field);
        Assert.Contains("Shorten the question", refused.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nothing_is_found_the_answer_says_so_and_the_model_is_not_asked()
    {
        backend.Tokens.Add("Made up.");
        var events = await AnswerAsync(Start());
        Assert.Empty(Assert.IsType<EvidenceEvent>(events[0]).Hits);
        Assert.Equal("The documents do not say.", Assert.IsType<TokenEvent>(events[1]).Token.Text);
        Assert.Equal(new DoneEvent("The documents do not say.", 0, AnswerEnd.NoEvidence, PromptTokens: 0), events[2]);
        Assert.Equal(0, backend.GenerationsEnded);
    }

    [Fact]
    public async Task What_shares_no_word_and_no_picture_with_the_question_and_resembles_it_little_is_no_evidence()
    {
        backend.Add(FakeBackend.Document("words", "zebra"), part: 3, text: 1);
        backend.Add(FakeBackend.Document("near", "apple"), part: 1);
        backend.Add(FakeBackend.Document("far", "zz xx yy"), part: 2);
        backend.Add(FakeBackend.Document("holder", "zz xx yy"), part: 4);
        backend.Candidates[3] = backend.Candidates[3] with { PictureRank = 1 };
        backend.Tokens.Add("x");
        var taken = Assert.IsType<EvidenceEvent>((await AnswerAsync(Start(new() { MinSimilarity = 0.5 })))[0]).Hits.Select(h => h.Id).Order();
        Assert.Equal(["holder", "near", "words"], taken);
        Assert.Equal(4, Assert.IsType<EvidenceEvent>((await AnswerAsync(Start(name: "all")))[0]).Hits.Count);
    }

    [Fact]
    public async Task The_token_limit_is_a_reason_of_its_own()
    {
        backend.Add(FakeBackend.Document("a", "apple"), part: 1, text: 1);
        backend.Tokens.AddRange(["a", "b", "c"]);
        AnswerEvent? last = null;
        await foreach (var happened in Start().AnswerAsync(Question() with { Sampling = new SamplingOptions { MaxTokens = 2 } }, default))
            last = happened;
        Assert.Equal(new DoneEvent("ab", 2, AnswerEnd.Length, PromptTokens: 1), last);
    }

    [Fact]
    public async Task An_answer_ends_where_the_context_ends()
    {
        backend.Add(FakeBackend.Document("a", "apple"), part: 1, text: 1);
        backend.Tokens.AddRange(Enumerable.Repeat("x", 2000));
        AnswerEvent? last = null;
        await foreach (var happened in Start().AnswerAsync(Question() with { Sampling = new SamplingOptions { MaxTokens = 1024 } }, default))
            last = happened;
        // The context of 1,000 less the prompt.
        Assert.Equal((999, AnswerEnd.Length), last is DoneEvent done ? (done.Tokens, done.Reason) : default);
    }

    [Fact]
    public async Task Leaving_an_answer_stops_its_generation_and_frees_its_actor()
    {
        backend.Add(FakeBackend.Document("a", "apple"), part: 1, text: 1);
        backend.Tokens.AddRange(Enumerable.Repeat("x", 500));
        var service = Start(new() { Actors = 1, EventBuffer = 1 });
        for (var i = 1; i <= 3; i++)
        {
            await foreach (var happened in service.AnswerAsync(Question(), default))
            {
                if (happened is TokenEvent)
                    break;
            }

            // The actor is free again only when the generation has ended.
            await service.SearchAsync(Request(), default).WaitAsync(TestProbe.Patience);
            Assert.Equal(i, backend.GenerationsEnded);
        }
    }

    [Fact]
    public async Task A_failure_in_the_middle_of_an_answer_reaches_its_reader_after_the_tokens_before_it()
    {
        backend.Add(FakeBackend.Document("a", "apple"), part: 1, text: 1);
        backend.Tokens.AddRange(["a", "b", "c"]);
        backend.OnToken = (i, _) => i == 2 ? throw new DeviceLostException("gone") : Task.CompletedTask;
        var text = "";
        await Assert.ThrowsAsync<DeviceLostException>(async () =>
        {
            await foreach (var happened in Start().AnswerAsync(Question(), default))
                text += (happened as TokenEvent)?.Token.Text;
        });
        Assert.Equal("ab", text);
    }

    [Fact]
    public async Task A_search_for_another_adapter_than_the_indexs_is_refused_naming_both()
    {
        var service = Start(new() { EncodingAdapter = "search-v1" });
        var error = await Assert.ThrowsAsync<DocumentRejectedException>(() => service.SearchAsync(Request() with { Adapter = "search-v2" }, default));
        Assert.Equal("adapter", error.Field);
        Assert.Contains("'search-v1'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'search-v2'", error.Message, StringComparison.Ordinal);
        await service.SearchAsync(Request() with { Adapter = "search-v1" }, default);
        await service.SearchAsync(Request(), default);
    }

    [Fact]
    public void An_answer_with_an_unknown_adapter_is_refused_before_it_begins()
    {
        var service = Start(new() { Adapters = ["brief", "polite"] });
        var error = Assert.Throws<DocumentRejectedException>(
            () => service.AnswerAsync(Question() with { Sampling = SamplingOptions.Greedy with { Adapter = "rude" } }, default));
        Assert.Contains("'brief', 'polite'", error.Message, StringComparison.Ordinal);
        service.AnswerAsync(Question() with { Sampling = SamplingOptions.Greedy with { Adapter = "brief" } }, default);
    }

    [Fact]
    public async Task After_the_system_has_stopped_questions_are_told_so()
    {
        var service = Start();
        await system.TerminateAsync(TestProbe.Patience);
        await service.WhenStopped.WaitAsync(TestProbe.Patience);
        await Assert.ThrowsAsync<ActorStoppedException>(() => service.SearchAsync(Request(), default));
    }

    private static async Task<List<AnswerEvent>> AnswerAsync(QueryService service)
    {
        var events = new List<AnswerEvent>();
        await foreach (var happened in service.AnswerAsync(Question(), default))
            events.Add(happened);
        return events;
    }

    private static SearchRequest Request() => new("acme", FakeBackend.Document("q", "apple"));

    private static AnswerRequest Question() => new("acme", FakeBackend.Document("q", "apple"));

    private QueryService Start(QueryOptions? options = null, string name = "query") => QueryService.Start(system, name, backend, backend, backend, backend, options);
}
