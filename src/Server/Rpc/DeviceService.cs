using Grpc.Core;
using Microsoft.Extensions.Hosting;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Device.Pool;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Server.Rpc.Wire;

namespace UnifiedVlm.Server.Rpc;

/// <summary>Lends this node's devices to others. Deadline and cancellation of a call are those of the work.</summary>
internal sealed partial class DeviceService(DeviceLender lender, DevicePool pool, DeviceInfo info, WireLimits limits, ILogger<DeviceService> logger) : Devices.DevicesBase
{
    public override Task Lend(IAsyncStreamReader<Ask> requestStream, IServerStreamWriter<Lent> responseStream, ServerCallContext context) => AnswerAsync(async () =>
    {
        if (!await requestStream.MoveNext(context.CancellationToken) || requestStream.Current.Hello is not { } hello)
            throw new WireFormatException("hello: it must come first.");
        if (hello.Fingerprint != info.Fingerprint || hello.Dimension != info.Dimension)
        {
            throw new RpcException(new Status(
                StatusCode.FailedPrecondition, $"This node has the model {info.Fingerprint}, not {hello.Fingerprint}: vectors of two models are never compared. Give all nodes of a cluster the same --model."));
        }

        var session = lender.Open(hello.Node);
        LogConnected(hello.Node);
        // A node that stops lends nothing more, and finishes what it has.
        var stopping = context.GetHttpContext().RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stopping);
        try
        {
            var welcome = new Welcome { Session = session.Id };
            welcome.Budgets.AddRange(lender.Budgets);
            await responseStream.WriteAsync(new Lent { Welcome = welcome }, end.Token);
            var telling = TellAsync(session, responseStream, end.Token);
            try
            {
                while (await requestStream.MoveNext(end.Token))
                    lender.Hear(session, requestStream.Current);
            }
            finally
            {
                await end.CancelAsync();
                await telling;
            }
        }
        finally
        {
            lender.Close(session);
            LogDisconnected(hello.Node);
        }
    });

    public override Task Encode(EncodeRequest request, IServerStreamWriter<EncodeReply> responseStream, ServerCallContext context) => AnswerAsync(async () =>
    {
        using var document = WireDocument.Read(request, limits);
        var kind = request.Query ? Kind.Query : Kind.Ingest;
        var session = lender.Spend(request.Session, kind, document.TokenCount);
        try
        {
            // Sent at once: from now on the sender may cancel, the credit is known to have been spent.
            await context.WriteResponseHeadersAsync(new Metadata { { RpcServer.BookedHeader, "1" } });
            var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            document.Alone = request.Alone;
            document.EncodingBegins = () => begun.TrySetResult();
            var encoding = pool.EncodeAsync(document, request.Query ? EncodePriority.Query : EncodePriority.Ingest, context.CancellationToken);
            try
            {
                if (await Task.WhenAny(begun.Task, encoding) == begun.Task)
                    await responseStream.WriteAsync(new EncodeReply { Begun = new Begun() });
            }
            finally
            {
                // Whatever happened to the sender: the device reads the document until this has ended.
                await ((Task)encoding).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            await responseStream.WriteAsync(new EncodeReply { Embedding = WireDocument.Write(await encoding) });
        }
        finally
        {
            lender.End(session, kind, document.TokenCount);
        }
    });

    public override Task Generate(GenerateRequest request, IServerStreamWriter<Token> responseStream, ServerCallContext context) => AnswerAsync(async () =>
    {
        if (request.Prompt is null || request.Sampling is null)
            throw new WireFormatException("prompt, sampling: both are needed.");
        var asked = WireAsked.Read(request.Asked, request.Prompt.TokenIds.Count);
        var window = WireDocument.Read(request.Prompt, limits);
        LendSession session;
        try
        {
            session = lender.Spend(request.Session, Kind.Generation, 1);
        }
        catch
        {
            window.Dispose();
            throw;
        }

        try
        {
            await context.WriteResponseHeadersAsync(new Metadata { { RpcServer.BookedHeader, "1" } });
            var prompt = new GenerationPrompt(window) { Scope = request.Scope, Asked = asked };
            await foreach (var token in pool.GenerateAsync(prompt, WireSampling.Read(request.Sampling), context.CancellationToken))
                await responseStream.WriteAsync(new Token { Id = token.Id, Text = token.Text, LogProbability = token.LogProbability }, context.CancellationToken);
        }
        finally
        {
            lender.End(session, Kind.Generation, 1);
        }
    });

    private static async Task TellAsync(LendSession session, IServerStreamWriter<Lent> writer, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                foreach (var message in await session.NextAsync(cancellationToken))
                    await writer.WriteAsync(message, cancellationToken);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or InvalidOperationException or IOException)
        {
            // The stream has ended; whoever reads it notices.
        }
    }

    private static async Task AnswerAsync(Func<Task> answer)
    {
        try
        {
            await answer();
        }
        catch (Exception error)
        {
            throw RpcFailure.From(error);
        }
    }

    [LoggerMessage(5200, LogLevel.Information, "{Node} has connected to this node's devices")]
    private partial void LogConnected(string node);

    [LoggerMessage(5201, LogLevel.Information, "{Node} has disconnected from this node's devices")]
    private partial void LogDisconnected(string node);
}
