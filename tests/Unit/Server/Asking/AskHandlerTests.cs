using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Asking;
using UnifiedVlm.Streams.Asking;

namespace UnifiedVlm.Tests.Unit.Server.Asking;

public sealed class AskHandlerTests
{
    public static TheoryData<Exception, int, bool> Failures => new()
    {
        { new DeviceBusyException("full", TimeSpan.FromSeconds(1)), 429, true },
        { new DeviceLostException("gone"), 503, true },
        { new NpgsqlException("broken", new IOException()), 503, true },
        { new PostgresException("starting up", "FATAL", "FATAL", PostgresErrorCodes.CannotConnectNow), 503, true },
        { new DeviceFailedException("not this one", new InvalidOperationException()), 503, false },
        { new PostgresException("no such table", "ERROR", "ERROR", PostgresErrorCodes.UndefinedTable), 503, false },
        { new PostgresException("invalid byte sequence", "ERROR", "ERROR", PostgresErrorCodes.CharacterNotInRepertoire), 400, false },
        { new TimeoutException("slow"), 504, false },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Only_what_may_pass_by_itself_is_asked_again(Exception failure, int status, bool isBusy)
    {
        var reply = await Handler(new FailingQueries(failure)).AnswerAsync(Asked(null), CancellationToken.None);
        Assert.Equal((status, isBusy), (reply.Status, reply.IsBusy));
    }

    [Fact]
    public async Task Where_the_database_is_stays_in_the_log()
    {
        var reply = await Handler(new FailingQueries(new NpgsqlException("Failed to connect to 10.0.0.7:5432"))).AnswerAsync(Asked(null), CancellationToken.None);
        Assert.Equal("The database can't serve this now; try again.", JsonDocument.Parse(reply.Body).RootElement.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("\0")]
    [InlineData("no name")]
    public async Task A_header_that_names_no_tenant_is_refused_by_name_and_once(string tenant)
    {
        var reply = await Handler(new FailingQueries(new InvalidOperationException("It was searched."))).AnswerAsync(Asked(tenant), CancellationToken.None);
        Assert.Equal((400, false), (reply.Status, reply.IsBusy));
        Assert.Equal("tenant", JsonDocument.Parse(reply.Body).RootElement.GetProperty("field").GetString());
    }

    private static AskHandler Handler(IQueryService queries) => new(queries, new DocumentLimits(), NullLogger<AskHandler>.Instance);

    private static AskedQuestion Asked(string? tenant) => new("search", tenant, "{\"text\": \"x\"}"u8.ToArray());

    private sealed class FailingQueries(Exception failure) : IQueryService
    {
        public Task<SearchResponse> SearchAsync(SearchRequest request, CancellationToken cancellationToken) => Task.FromException<SearchResponse>(failure);

        public IAsyncEnumerable<AnswerEvent> AnswerAsync(AnswerRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<ChatEvent> ChatAsync(ChatRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<EmbeddedDocument>> EmbedAsync(IReadOnlyList<InterleavedDocument> documents, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<RerankResponse> RerankAsync(RerankRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
