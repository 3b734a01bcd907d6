using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Server.Http;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Server.Http.OpenAi;
using UnifiedVlm.Streams.Budgets;
using UnifiedVlm.Tests.Unit.Actors.Support;

namespace UnifiedVlm.Tests.Unit.Server.Http;

/// <summary>What is held of the replies of embeddings and reranking, which may be thousands of vectors or all the texts that were sent.</summary>
public sealed class VectorReplyTests
{
    private const int Dimension = 4;

    private readonly Budget bodies = new("request bytes", 1 << 20);

    [Fact]
    public async Task Vectors_have_their_room_until_their_client_has_taken_them()
    {
        using var reply = await HeldAsync("""{"model":"tiny","input":["one","two"]}""", static (api, context) => api.EmbedAsync(context, Caller.Anyone, default));
        Assert.Equal(2, reply.RootElement.GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task Ranked_documents_have_their_room_until_their_client_has_taken_them()
    {
        using var reply = await HeldAsync(
            """{"model":"tiny","query":"one","documents":["one","two"],"return_documents":true}""", static (api, context) => api.RerankAsync(context, Caller.Anyone, default));
        Assert.Equal("two", reply.RootElement.GetProperty("results")[0].GetProperty("document").GetProperty("text").GetString());
    }

    [Fact]
    public async Task What_has_no_room_is_refused_before_anything_is_done_for_it()
    {
        using var transfers = new BlobTransfers(capacity: 1);
        using var room = transfers.Download(1);
        var queries = new Queries();
        var api = Api(queries, transfers);
        await Assert.ThrowsAsync<TransfersBusyException>(() => api.EmbedAsync(Asking("""{"model":"tiny","input":["one"]}"""), Caller.Anyone, default));
        await Assert.ThrowsAsync<TransfersBusyException>(
            () => api.RerankAsync(Asking("""{"model":"tiny","query":"one","documents":["one","two"],"return_documents":true}"""), Caller.Anyone, default));
        Assert.Equal((0, 0), (queries.Asked, bodies.InUse));
    }

    [Fact]
    public async Task Ranks_alone_need_no_room()
    {
        using var transfers = new BlobTransfers(capacity: 1);
        using var room = transfers.Download(5);
        var context = Asking("""{"model":"tiny","query":"one","documents":["one","two"]}""");
        await Api(new Queries(), transfers).RerankAsync(context, Caller.Anyone, default);
        Assert.Equal(StatusCodes.Status200OK, context.Response.StatusCode);
        Assert.NotEqual(0, context.Response.Body.Length);
    }

    /// <returns>The reply, which had its room, and whose request was let go, while nobody read it.</returns>
    private async Task<JsonDocument> HeldAsync(string request, Func<OpenAiApi, HttpContext, Task> call)
    {
        // What is larger than all the room has it alone.
        using var transfers = new BlobTransfers(capacity: 1);
        using var written = new HeldStream();
        var context = Asking(request);
        context.Response.Body = written;
        var replying = call(Api(new Queries(), transfers), context);

        await written.Reached.Task.WaitAsync(TestProbe.Patience);
        Assert.Throws<TransfersBusyException>(() => transfers.Download(1));
        Assert.Equal(0, bodies.InUse);
        written.Go.SetResult();
        await replying.WaitAsync(TestProbe.Patience);
        transfers.Download(1).Dispose();
        return JsonDocument.Parse(written.ToArray());
    }

    private static DefaultHttpContext Asking(string request) => new()
    {
        Request = { Body = new MemoryStream(Encoding.UTF8.GetBytes(request)) },
        Response = { Body = new MemoryStream() },
    };

    private OpenAiApi Api(IQueryService queries, BlobTransfers transfers)
    {
        var options = new NodeOptions
        {
            Database = "",
            DataDirectory = "",
            ModelDirectory = "/models/tiny",
            Seed = 1,
            Devices = [],
            Threads = 1,
            BatchTokens = 1,
            PixelBudget = 1,
            CacheBytes = 1,
        };
        var models = new ServedModels(options, new DeviceInfo("fingerprint", Dimension), TimeProvider.System);
        return new OpenAiApi(queries, models, DocumentLimits.Default, bodies, transfers, TimeProvider.System);
    }

    private sealed class Queries : IQueryService
    {
        public int Asked { get; private set; }

        public Task<SearchResponse> SearchAsync(SearchRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<AnswerEvent> AnswerAsync(AnswerRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<ChatEvent> ChatAsync(ChatRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<EmbeddedDocument>> EmbedAsync(IReadOnlyList<InterleavedDocument> documents, CancellationToken cancellationToken)
        {
            Asked++;
            return Task.FromResult<IReadOnlyList<EmbeddedDocument>>([.. documents.Select(static _ => new EmbeddedDocument(new SequenceEmbedding(Dimension, [], default, new float[Dimension]), 1))]);
        }

        public Task<RerankResponse> RerankAsync(RerankRequest request, CancellationToken cancellationToken)
        {
            Asked++;
            return Task.FromResult(new RerankResponse([new RankedDocument(1, 1), new RankedDocument(0, 0.5f)], 3));
        }
    }
}
