using System.Threading.Channels;
using Grpc.Core;
using UnifiedVlm.Actors.Device.Credits;
using UnifiedVlm.Server.Rpc.Wire;

namespace UnifiedVlm.Server.Rpc;

/// <summary>What another node has granted to this one, and what this one wishes: all it can get while there is work, little or nothing while there is none. Thread-safe.</summary>
internal sealed class RemoteCredit(RemoteOptions options, TimeProvider time)
{
    private readonly CreditPurse[] purses = [new(), new(), new()];
    private readonly long[] lastUse = new long[3];
    private readonly long[] refusedAt = new long[3];
    private readonly long[] recalled = new long[3];
    private readonly Lock gate = new();

    // A mark that there is something to think over: a second one says no more.
    private readonly Channel<bool> marks = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public int Kinds => purses.Length;

    public CreditPurse this[Kind kind] => purses[(int)kind];

    public bool TrySpend(Kind kind, long amount)
    {
        var now = time.GetTimestamp();
        Interlocked.Exchange(ref lastUse[(int)kind], now);
        var isSpent = this[kind].TrySpend(amount);
        Interlocked.Exchange(ref refusedAt[(int)kind], isSpent ? 0 : now);
        if (!isSpent)
            marks.Writer.TryWrite(true);
        return isSpent;
    }

    /// <summary>
    /// What could be had of a kind: little is held without work, and the rest of what is lent comes when it is wished for. Where that was refused lately others have it, and what is
    /// held is all.
    /// </summary>
    /// <param name="outstanding">What this node has in work there.</param>
    public long Prospect(Kind kind, long outstanding)
    {
        var (purse, at) = (this[kind], Interlocked.Read(ref refusedAt[(int)kind]));
        return at != 0 && time.GetElapsedTime(at) < options.Idle ? purse.Unspent : Math.Max(purse.Unspent, purse.Budget - outstanding);
    }

    public void Open(IReadOnlyList<long> budgets)
    {
        for (var kind = 0; kind < purses.Length; kind++)
        {
            purses[kind].Open(budgets[kind]);
            lock (gate)
                recalled[kind] = 0;
        }
    }

    public void Close()
    {
        foreach (var purse in purses)
            purse.Close();
    }

    public void Hear(Lent message)
    {
        switch (message.KindCase)
        {
            case Lent.KindOneofCase.Grant:
                this[message.Grant.Kind].Add(message.Grant.Amount);
                break;
            case Lent.KindOneofCase.Recall:
                lock (gate)
                    recalled[(int)message.Recall.Kind] += message.Recall.Amount;
                marks.Writer.TryWrite(true);
                break;
        }
    }

    /// <summary>Says what this node wishes whenever that changes, and gives back what it does not need; until the connection ends.</summary>
    public async Task WishAsync(IClientStreamWriter<Ask> writer, CancellationToken cancellationToken)
    {
        var said = new (long Wanted, long Largest)[purses.Length];
        try
        {
            while (true)
            {
                for (var kind = 0; kind < purses.Length; kind++)
                {
                    var wish = Wish((Kind)kind);
                    if (wish != said[kind])
                        await writer.WriteAsync(new Ask { Wish = new Wish { Kind = (Kind)kind, Wanted = wish.Wanted, Largest = wish.Largest } }, cancellationToken);
                    said[kind] = wish;
                    if (GiveBack((Kind)kind, wish.Wanted) is { } given)
                        await writer.WriteAsync(new Ask { GivenBack = given }, cancellationToken);
                }

                using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                pause.CancelAfter(options.WishInterval);
                await ((Task)marks.Reader.WaitToReadAsync(pause.Token).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
                marks.Reader.TryRead(out _);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or RpcException or InvalidOperationException)
        {
            // The stream has ended; whoever reads it notices.
        }
    }

    private (long Wanted, long Largest) Wish(Kind kind)
    {
        var last = Interlocked.Read(ref lastUse[(int)kind]);
        var isBusy = last != 0 && time.GetElapsedTime(last) < options.Idle;
        return isBusy ? (long.MaxValue, this[kind].Refused) : (Standing(kind), 0);
    }

    private long Standing(Kind kind) => kind switch
    {
        Kind.Query => options.StandingQueryTokens,
        Kind.Generation => options.StandingGenerations,
        _ => 0,
    };

    private GivenBack? GiveBack(Kind kind, long wanted)
    {
        long asked;
        lock (gate)
            (asked, recalled[(int)kind]) = (recalled[(int)kind], 0);
        var purse = this[kind];
        var given = purse.Take(Math.Max(asked, purse.Unspent - Math.Min(wanted, purse.Unspent)));
        return asked > 0 || given > 0 ? new GivenBack { Kind = kind, Amount = given, Answered = asked } : null;
    }
}
