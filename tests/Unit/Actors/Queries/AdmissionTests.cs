using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Actors.Queries;

public sealed class AdmissionTests : IAsyncLifetime
{
    private readonly FakeBackend backend = new();
    private readonly ActorSystem system = new("test", time: new ManualTimeProvider());

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await system.DisposeAsync();

    [Fact]
    public async Task Too_many_questions_are_refused_and_those_admitted_are_served()
    {
        var service = Start(new() { Actors = 1, MaxWaiting = 1 });
        Assert.Equal(2, service.TakeFreeQuestions());
        var gate = new Gate();
        backend.OnEncode = async _ => await gate.PassAsync();
        var first = service.SearchAsync(Request(), default);
        await gate.Entered;
        var second = service.SearchAsync(Request(), default);
        await Assert.ThrowsAsync<DeviceBusyException>(() => service.SearchAsync(Request(), default));
        Assert.Equal(0, service.TakeFreeQuestions());
        gate.Open();
        await Task.WhenAll(first, second).WaitAsync(TestProbe.Patience);
        await service.SearchAsync(Request(), default).WaitAsync(TestProbe.Patience);
        Assert.Equal(2, service.TakeFreeQuestions());
    }

    [Fact]
    public async Task Places_that_were_free_for_a_moment_count_until_they_are_asked_for()
    {
        var service = Start(new() { Actors = 1, MaxWaiting = 1 });
        // Two under way, that are done one after the other; a third has the place of the first.
        SemaphoreSlim passes = new(0);
        backend.OnEncode = token => passes.WaitAsync(token);
        var (first, second) = (service.SearchAsync(Request(), default), service.SearchAsync(Request(), default));
        var full = service.TakeFreeQuestions();
        passes.Release();
        await (await Task.WhenAny(first, second)).WaitAsync(TestProbe.Patience);
        var third = service.SearchAsync(Request(), default);
        var (atBest, since) = (service.TakeFreeQuestions(), service.TakeFreeQuestions());

        // Looked at when all have ended: questions that wait for a pass would hold up the end of a test that fails.
        passes.Release(2);
        await Task.WhenAll(first, second, third).WaitAsync(TestProbe.Patience);
        Assert.Equal((0, 1, 0), (full, atBest, since));
    }

    private static SearchRequest Request() => new("acme", FakeBackend.Document("q", "apple"));

    private QueryService Start(QueryOptions options) => QueryService.Start(system, "query", backend, backend, backend, backend, options);
}
