using System.Runtime.CompilerServices;
using Grpc.Core;

namespace UnifiedVlm.Server.Rpc;

/// <summary>
/// A call that was paid for. Cancelling it ends the wait for it at once, but the call itself only when the other node has said that it has booked it: a call that
/// was not would leave the two with different ideas of what has been spent.
/// </summary>
/// <param name="start">Begins the call; the token ends it.</param>
/// <param name="resync">Told when the call ended without the other side having booked it.</param>
internal sealed class RemoteCall<TReply>(Func<CancellationToken, AsyncServerStreamingCall<TReply>> start, Action resync) : IAsyncDisposable
{
    private readonly CancellationTokenSource end = new();
    private AsyncServerStreamingCall<TReply>? call;
    private Task<Metadata>? known;
    private bool hasReply;

    public async IAsyncEnumerable<TReply> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        call = start(end.Token);
        known = call.ResponseHeadersAsync;
        await known.WaitAsync(cancellationToken);
        while (await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(cancellationToken))
        {
            hasReply = true;
            yield return call.ResponseStream.Current;
        }
    }

    public ValueTask DisposeAsync()
    {
        if (known is null)
            Close();
        else
            _ = CloseWhenKnownAsync(known);
        return ValueTask.CompletedTask;
    }

    private async Task CloseWhenKnownAsync(Task<Metadata> headers)
    {
        try
        {
            // A refusal comes as headers as well, but without ours.
            if ((await headers).GetValue(RpcServer.BookedHeader) is null && !hasReply)
                resync();
        }
        catch (Exception)
        {
            resync();
        }

        Close();
    }

    private void Close()
    {
        end.Cancel();
        call?.Dispose();
        end.Dispose();
    }
}
