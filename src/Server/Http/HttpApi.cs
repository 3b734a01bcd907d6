using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Server.Http.Bodies;
using UnifiedVlm.Storage.Keys;

namespace UnifiedVlm.Server.Http;

/// <summary>The routes. Each reads its request, calls one thing and writes the result; failures are mapped by <see cref="FailureMiddleware"/>.</summary>
internal sealed class HttpApi(Node node, IQueryService queries, StatusReporter status, PushApi push, BlobTransfers transfers)
{
    public const int DefaultHits = 10;
    public const int DefaultEvidence = 4;

    public void Map(IEndpointRouteBuilder routes)
    {
        var pages = new StaticPages();
        pages.Map(routes.MapGroup("").IsOpen());
        routes.MapGet("/v1/status", async (CancellationToken cancellationToken)
            => JsonReply.Of(await status.ReadAsync(cancellationToken), ApiJson.Default.StatusReport)).Needs(KeyScopes.Read | KeyScopes.Admin, allTenants: true).WithSummary("What is stored and what is under way.");
        push.Map(routes);
        new DocumentRemoval(node, push).Map(routes);
        new DocumentApi(node.Store.Catalog, transfers).Map(routes);
        new DeadLetterApi(node.Store.DeadLetters, transfers).Map(routes);
        routes.MapPost("/v1/search", SearchAsync).Needs(KeyScopes.Read)
            .WithSummary("Search with text, a picture, or several of each in order: for documents, parts, the missing part of a sequence, or documents like a stored one.")
            .Accepts<object>("application/json", "*/*").Takes(QuestionBody.Question).Produces<SearchAnswer>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(413).ProducesProblem(429).ProducesProblem(503).ProducesProblem(504);
        routes.MapPost("/v1/answer", AnswerAsync).Needs(KeyScopes.Read)
            .WithSummary("Answer from what a search finds, as server-sent events: evidence, token, citation, done.")
            .Accepts<object>("application/json", "*/*").Takes(QuestionBody.Question).Produces<string>(contentType: "text/event-stream").ProducesProblem(400).ProducesProblem(413).ProducesProblem(429).ProducesProblem(503).ProducesProblem(504);
    }

    private async Task<IResult> SearchAsync(HttpRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var question = await ReadQuestionAsync(request, caller, cancellationToken);
        var found = await queries.SearchAsync(question.ToSearch(DefaultHits), cancellationToken);
        return JsonReply.Of(SearchAnswer.From(found, question.Mode), ApiJson.Default.SearchAnswer);
    }

    private async Task AnswerAsync(HttpContext context, Caller caller, CancellationToken cancellationToken)
    {
        var question = await ReadQuestionAsync(context.Request, caller, cancellationToken);
        await AnswerStream.WriteAsync(context, queries.AnswerAsync(question.ToAnswer(DefaultEvidence), cancellationToken).Charging(caller), cancellationToken);
    }

    private async Task<Question> ReadQuestionAsync(HttpRequest request, Caller caller, CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadAsync(request, node.Options.Limits.MaxDocumentBytes, node.RequestBytes, cancellationToken);
        // Until the answer is out: the question holds what its body held.
        request.HttpContext.Response.RegisterForDispose(body);
        return QuestionReader.Read(body.Bytes, node.Options.Limits, caller.Within(request));
    }
}
