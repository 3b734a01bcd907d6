using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Mvc;
using Npgsql;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Cluster;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Server.Http.OpenAi;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Storage.DeadLetters;
using UnifiedVlm.Storage.Generations;
using UnifiedVlm.Storage.Subscriptions;
using UnifiedVlm.Streams.Sources;

namespace UnifiedVlm.Server.Http;

/// <summary>The one place where exceptions become problem+json.</summary>
internal sealed partial record HttpFailure(int Status, string Title, string Detail) : IResult
{
    /// <summary>Marks a refusal for want of room on this node: another may have it.</summary>
    public const string FullHeader = "X-Uvlm-Full";

    private static readonly JsonTypeInfo<ProblemDetails> Problem = (JsonTypeInfo<ProblemDetails>)JsonSerializerOptions.Web.GetTypeInfo(typeof(ProblemDetails));

    /// <summary>The offending field of the request, where there is one.</summary>
    public string? Field { get; init; }

    /// <summary>A word for programs, where one is customary.</summary>
    public string? Code { get; init; }

    /// <summary>The line of a batch, from 1.</summary>
    public int? Line { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    /// <summary>It is for want of room on this node. Not so a key's allowance, which is used up wherever it is asked for, nor the inbox, which all nodes share.</summary>
    public bool IsForRoom { get; init; }

    /// <summary>How to prove who one is.</summary>
    public string? Challenge { get; init; }

    /// <summary>Null when the exception is a defect of ours.</summary>
    public static HttpFailure? From(Exception error) => error switch
    {
        DocumentRejectedException rejected => new(400, "The request can't be taken", rejected.Message) { Field = rejected.Field },
        RoleMissingException => new(421, "Another node's", error.Message),
        KeyRefusedException key => new(401, "A key is needed", key.Message) { Code = "invalid_api_key", Challenge = $"Bearer realm=\"uvlm\"{(key.IsMissing ? "" : ", error=\"invalid_token\"")}" },
        AccessDeniedException => new(403, "Not allowed", error.Message) { Code = "permission_denied" },
        TenantRefusedException tenant => new(403, "Not allowed", tenant.Message) { Field = tenant.Field, Line = tenant.Line, Code = "permission_denied" },
        RateLimitedException limit => new(429, "Too many requests", limit.Message) { RetryAfter = limit.RetryAfter },
        UnknownModelException unknown => new(404, "There is no such model", unknown.Message) { Field = "model", Code = "model_not_found" },
        BatchLineException line => new(400, "The request can't be taken", line.Message) { Field = line.Field, Line = line.Line },
        IdempotencyConflictException conflict => new(409, "The key was used before", conflict.Message) { Field = IdempotencyKey.Field },
        RequestTooLargeException large => new(413, "The request can't be taken", large.Message) { Field = "$" },
        PushTooLargeException large => new(413, "The request can't be taken", large.Message) { Field = "$" },
        InboxFullException full => new(429, "The inbox is full", full.Message) { RetryAfter = full.RetryAfter },
        BadHttpRequestException { StatusCode: 413 } large => new(413, "The request can't be taken", large.Message) { Field = "$" },
        BadHttpRequestException bad when UnreadParameter().Match(bad.Message) is { Success: true } match
            => new(400, "The request can't be taken", $"{match.Groups[1].Value}: '{match.Groups[2].Value}' is none that can be read. Leave it out or send one as the API's description has it.") { Field = match.Groups[1].Value },
        BadHttpRequestException bad => new(bad.StatusCode, "The request can't be taken", bad.Message),
        DeadLetterNotFoundException => new(404, "Not there", error.Message),
        UnknownDocumentException => new(404, "Not found", error.Message) { Field = "like" },
        SubscriptionNotFoundException => new(404, "Not there", error.Message),
        SubscriptionLimitException => new(409, "There are too many", error.Message),
        NotReplayableException => new(409, "It can't be replayed", error.Message),
        BlobNotFoundException => new(404, "Not found", error.Message),
        TransfersBusyException busy => new(429, "Too many requests", busy.Message) { RetryAfter = busy.RetryAfter, IsForRoom = true },
        DeviceBusyException busy => new(429, "Too many requests", busy.Message) { RetryAfter = busy.RetryAfter, IsForRoom = true },
        TimeoutException slow => new(504, "It took too long", slow.Message),
        // The generation of this node's model was dropped: another node has to serve.
        IndexMismatchException gone => new(503, "Not available now", gone.Message),
        PostgresException data when TransientErrors.IsBadData(data.SqlState) => new(400, "The request can't be taken", $"The database can't take what it says: {data.MessageText}"),
        DeviceLostException or DeviceFailedException or ActorStoppedException => new(503, "Not available now", error.Message) { RetryAfter = TimeSpan.FromSeconds(1) },
        // Where the database is, and what is wrong with it, is not for everybody: the log says it.
        NpgsqlException => new(503, "Not available now", "The database can't serve this now; try again.") { RetryAfter = TimeSpan.FromSeconds(1) },
        _ => null,
    };

    public static HttpFailure Defect { get; } = new(500, "A defect of the server", "The server failed in a way it should not; its log says more.");

    /// <summary>What the server's routing refuses without a word, in words.</summary>
    /// <returns>Null: it is no refusal, or it has a body.</returns>
    public static HttpFailure? OfBareStatus(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (response.HasStarted || response.StatusCode < 400 || response.ContentType is not null || response.ContentLength > 0)
            return null;
        return response.StatusCode switch
        {
            404 => new(404, "Not found", $"There is nothing at {request.Path}."),
            405 => new(405, "Not a method of this path", $"{request.Path} takes {response.Headers.Allow}, not {request.Method}."),
            415 => new(415, "The request can't be taken", $"'{request.ContentType}' is no content type of {request.Path}. Send application/json.") { Field = "Content-Type" },
            var status => new(status, "The request can't be taken", $"{request.Method} {request.Path} was refused."),
        };
    }

    public ProblemDetails ToProblem()
    {
        var problem = new ProblemDetails { Status = Status, Title = Title, Detail = Detail };
        if (Field is not null)
            problem.Extensions["field"] = Field;
        if (Line is not null)
            problem.Extensions["line"] = Line;
        return problem;
    }

    public Task ExecuteAsync(HttpContext httpContext) => WriteAsync(httpContext);

    public Task WriteAsync(HttpContext context)
    {
        if (Challenge is not null)
            context.Response.Headers.WWWAuthenticate = Challenge;
        if (IsForRoom)
            context.Response.Headers[FullHeader] = "1";
        if (OpenAiPath.Is(context.Request.Path))
            return OpenAiError.WriteAsync(context, this);
        if (RetryAfter is { } wait)
            context.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        context.Response.StatusCode = Status;
        return JsonReply.WriteAsync(context, ToProblem(), Problem, "application/problem+json", context.RequestAborted);
    }

    /// <summary>How ASP.NET Core words a route's parameter that it can't bind.</summary>
    [GeneratedRegex("parameter \"(?:.* )?(\\w+)\" from \"(.*)\"")]
    private static partial Regex UnreadParameter();
}
