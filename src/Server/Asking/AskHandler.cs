using System.Text.Json;
using Npgsql;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Actors.Queries;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Http;
using UnifiedVlm.Server.Http.Access;
using UnifiedVlm.Storage.Data;
using UnifiedVlm.Streams.Asking;

namespace UnifiedVlm.Server.Asking;

/// <summary>
/// Answers questions that came over Kafka by what answers them over HTTP; failures are mapped as there. Whoever may write to the topic is trusted as senders of documents are: a
/// question is about the tenant that it names.
/// </summary>
internal sealed partial class AskHandler(IQueryService queries, DocumentLimits limits, ILogger<AskHandler> logger) : IAskHandler
{
    private const int DefaultHits = 10;
    private const int DefaultEvidence = 4;

    /// <inheritdoc />
    public async Task<AskReply> AnswerAsync(AskedQuestion question, CancellationToken cancellationToken)
    {
        try
        {
            var asked = QuestionReader.Read(question.Body, limits, Caller.Anyone);
            if (question.Tenant is { } tenant)
            {
                DocumentValidator.ValidateName("tenant", tenant);
                asked = asked with { Tenant = tenant };
            }

            var body = question.Kind == "answer"
                ? JsonSerializer.SerializeToUtf8Bytes(await AnswerAsync(asked, cancellationToken), ApiJson.Default.AskAnswer)
                : JsonSerializer.SerializeToUtf8Bytes(
                    SearchAnswer.From(await queries.SearchAsync(asked.ToSearch(DefaultHits), cancellationToken), asked.Mode), ApiJson.Default.SearchAnswer);
            return new AskReply(200, "application/json", body);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception error)
        {
            var failure = HttpFailure.From(error);
            if (failure is null)
                LogDefect(logger, error);
            else if (error is NpgsqlException && failure.Status == StatusCodes.Status503ServiceUnavailable)
                LogStore(logger, error.Message);
            return Reply(failure ?? HttpFailure.Defect) with { IsBusy = MayPass(error) };
        }
    }

    /// <inheritdoc />
    public AskReply Refuse(int status, string title, string detail, string? field) => Reply(new HttpFailure(status, title, detail) { Field = field });

    private async Task<AskAnswer> AnswerAsync(Question asked, CancellationToken cancellationToken)
    {
        SearchAnswer? evidence = null;
        var citations = new List<AnswerCitation>();
        await foreach (var happened in queries.AnswerAsync(asked.ToAnswer(DefaultEvidence), cancellationToken))
        {
            switch (happened)
            {
                case EvidenceEvent found:
                    evidence = SearchAnswer.From(found);
                    break;
                case CitationEvent cited:
                    citations.Add(new AnswerCitation(cited.Number, cited.DocumentId, cited.Position));
                    break;
                case DoneEvent done:
                    return new AskAnswer(done.Text, done.Tokens, JsonNamingPolicy.SnakeCaseLower.ConvertName(done.Reason.ToString()), citations, evidence!);
            }
        }

        throw new InvalidOperationException("An answer ended without its end.");
    }

    /// <summary>Tried again within the question's deadline: not all that is a 503, since a question that a device fails on fails again.</summary>
    private static bool MayPass(Exception error)
        => error is DeviceBusyException or DeviceLostException or ActorStoppedException || (error is NpgsqlException && TransientErrors.IsTransient(error));

    private static AskReply Reply(HttpFailure failure)
        => new(failure.Status, "application/problem+json", JsonSerializer.SerializeToUtf8Bytes(failure.ToProblem(), JsonSerializerOptions.Web));

    [LoggerMessage(5150, LogLevel.Error, "A question from Kafka met a defect")]
    private static partial void LogDefect(ILogger logger, Exception error);

    [LoggerMessage(5151, LogLevel.Warning, "A question from Kafka: the database failed: {Reason}")]
    private static partial void LogStore(ILogger logger, string reason);
}
