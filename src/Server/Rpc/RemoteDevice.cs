using System.Runtime.CompilerServices;
using Grpc.Core;
using Grpc.Net.Client;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Device.Pool;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Server.Rpc.Wire;

namespace UnifiedVlm.Server.Rpc;

/// <summary>
/// The devices of another node, as far as it grants credit for them. Work is sent only for credit that has been granted on the connection there is; when the connection
/// breaks, credit and unanswered work are gone with it, and it is tried again.
/// </summary>
internal sealed partial class RemoteDevice : PooledDevice, IAsyncDisposable
{
    private readonly string ownName;
    private readonly DeviceInfo info;
    private readonly RemoteOptions options;
    private readonly ILogger logger;
    private readonly TimeProvider time;
    private readonly GrpcChannel channel;
    private readonly Devices.DevicesClient client;
    private readonly Metadata headers = [];
    private readonly CancellationTokenSource stop = new();
    private readonly RemoteCredit credit;
    private readonly Task connecting;
    private CancellationTokenSource? connection;
    private ulong session;
    private volatile bool isReady;
    private volatile bool isDraining;

    /// <param name="node">The other's name.</param>
    /// <param name="ownName">This one's.</param>
    /// <param name="info">Of the model that this node needs.</param>
    public RemoteDevice(string node, Uri address, string ownName, DeviceInfo info, RemoteOptions options, TimeProvider time, ILogger<RemoteDevice> logger)
    {
        (Name, this.ownName, this.info, this.options, this.time, this.logger) = (node, ownName, info, options, time, logger);
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = options.ConnectTimeout,
            KeepAlivePingDelay = options.PingDelay,
            KeepAlivePingTimeout = options.PingTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,
            EnableMultipleHttp2Connections = true,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            UseProxy = false,
        };
        channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = RpcServer.LargestMessage,
            MaxSendMessageSize = RpcServer.LargestMessage,
            MaxRetryAttempts = 1,
        });
        client = new Devices.DevicesClient(channel);
        if (options.Secret.Length > 0)
            headers.Add("authorization", RpcServer.SecretScheme + options.Secret);
        credit = new RemoteCredit(options, time);
        connecting = Task.Run(ConnectAsync);
    }

    public override string Name { get; }

    public override PooledDeviceState State => isReady && !isDraining ? PooledDeviceState.Ready : PooledDeviceState.Away;

    public override bool IsRemote => true;

    public override int GenerationRoom => (int)credit[Kind.Generation].Unspent;

    /// <summary>It finishes what it has and is sent nothing more.</summary>
    public void Drain()
    {
        isDraining = true;
        OnChanged();
    }

    public override long Room(EncodePriority priority) => credit[KindOf(priority)].Unspent;

    public override long Prospect(EncodePriority priority, long outstanding) => credit.Prospect(KindOf(priority), outstanding);

    public override int GenerationProspect(int outstanding) => (int)credit.Prospect(Kind.Generation, outstanding);

    public override bool TryAdmit(PreparedDocument document, EncodePriority priority) => isReady && credit.TrySpend(KindOf(priority), document.TokenCount);

    public override async Task<SequenceEmbedding> EncodeAsync(PreparedDocument document, EncodePriority priority, Action begun, CancellationToken cancellationToken)
    {
        var (isQuery, paying) = (priority == EncodePriority.Query, session);
        var request = WireDocument.Write(document, isQuery, paying);
        if (request.CalculateSize() is var size && size > RpcServer.LargestMessage)
        {
            Resync(paying);
            throw new DeviceFailedException($"{Name}: the document takes {size >> 20} MB as prepared, and a node takes {RpcServer.LargestMessage >> 20}. Split it.", new WireFormatException("too large"));
        }

        await using var call = new RemoteCall<EncodeReply>(end => client.Encode(request, Call(isQuery ? options.QueryDeadline : options.IngestDeadline, end)), () => Resync(paying));
        try
        {
            await foreach (var reply in call.ReadAsync(cancellationToken))
            {
                if (reply.KindCase == EncodeReply.KindOneofCase.Embedding)
                    return WireDocument.Read(reply.Embedding, document.Parts, info.Dimension);
                begun();
            }

            throw new WireFormatException("there is no embedding");
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            throw RpcFailure.ToException(error, Name);
        }
    }

    public override async IAsyncEnumerable<GeneratedToken> GenerateAsync(GenerationPrompt prompt, SamplingOptions sampling, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        GenerateRequest request;
        using (prompt)
        {
            if (!isReady || !credit.TrySpend(Kind.Generation, 1))
                throw new DeviceBusyException($"{Name}: as many generations as it lends are under way. Try again later.", TimeSpan.FromSeconds(1));
            request = new GenerateRequest { Session = session, Prompt = WireDocument.Write(prompt.Window), Scope = prompt.Scope, Sampling = WireSampling.Write(sampling), Asked = WireAsked.Write(prompt.Asked) };
        }

        await using var call = new RemoteCall<Token>(end => client.Generate(request, Call(options.GenerationDeadline, end)), () => Resync(request.Session));
        await using var tokens = call.ReadAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await tokens.MoveNextAsync())
                    break;
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                throw RpcFailure.ToException(error, Name);
            }

            yield return new GeneratedToken(tokens.Current.Id, tokens.Current.Text, tokens.Current.LogProbability);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await connecting;
        channel.Dispose();
        stop.Dispose();
    }

    private static Kind KindOf(EncodePriority priority) => priority == EncodePriority.Query ? Kind.Query : Kind.Ingest;

    private CallOptions Call(TimeSpan deadline, CancellationToken cancellationToken) => new(headers, time.GetUtcNow().UtcDateTime + deadline, cancellationToken);

    /// <summary>The two sides may count differently from now on: credit is granted anew, on a new connection.</summary>
    /// <param name="paying">The session that they disagree about: a later one is none of its business.</param>
    private void Resync(ulong paying)
    {
        if (paying == session)
            Volatile.Read(ref connection)?.Cancel();
    }

    private async Task ConnectAsync()
    {
        var failures = 0;
        while (!stop.IsCancellationRequested)
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
            Volatile.Write(ref connection, end);
            string reason;
            try
            {
                await BorrowAsync(end.Token, () => failures = 0);
                reason = "it has closed the connection";
            }
            catch (Exception error)
            {
                reason = error is RpcException status ? status.Status.Detail : error.Message;
            }
            finally
            {
                Volatile.Write(ref connection, null);
            }

            var wasReady = isReady;
            isReady = false;
            credit.Close();
            if (stop.IsCancellationRequested)
                break;
            if (wasReady || failures == 0)
                LogAway(Name, reason);
            OnChanged();
            var pause = TimeSpan.FromTicks((long)Math.Min(options.MaxBackoff.Ticks, options.MinBackoff.Ticks * Math.Pow(2, failures++)));
            await Task.Delay(pause, time, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        OnChanged();
    }

    private async Task BorrowAsync(CancellationToken cancellationToken, Action connected)
    {
        using var call = client.Lend(new CallOptions(headers, cancellationToken: cancellationToken));
        await call.RequestStream.WriteAsync(new Ask { Hello = new Hello { Node = ownName, Fingerprint = info.Fingerprint, Dimension = info.Dimension } }, cancellationToken);
        if (!await call.ResponseStream.MoveNext(cancellationToken) || call.ResponseStream.Current.Welcome is not { } welcome || welcome.Budgets.Count < credit.Kinds)
            throw new WireFormatException("there is no welcome");
        session = welcome.Session;
        credit.Open(welcome.Budgets);
        isReady = true;
        connected();
        LogReady(Name);
        OnChanged();
        using var wishes = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var wishing = credit.WishAsync(call.RequestStream, wishes.Token);
        try
        {
            while (await call.ResponseStream.MoveNext(cancellationToken))
            {
                credit.Hear(call.ResponseStream.Current);
                OnChanged();
            }
        }
        finally
        {
            await wishes.CancelAsync();
            await wishing;
        }
    }

    [LoggerMessage(5210, LogLevel.Information, "{Node}: lends its devices to this node")]
    private partial void LogReady(string node);

    [LoggerMessage(5211, LogLevel.Warning, "{Node}: its devices can't be used now: {Reason}")]
    private partial void LogAway(string node, string reason);
}
