using System.Collections.Concurrent;
using System.Security.Cryptography;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Actors.Device.Credits;
using UnifiedVlm.Server.Rpc.Wire;

namespace UnifiedVlm.Server.Rpc;

/// <summary>
/// What this node's devices have room for, lent to the nodes that are connected. The node's own work comes off it, and while queries are with its devices most of what
/// documents could have is withheld, so that ingestion goes to nodes without queries. Thread-safe.
/// </summary>
internal sealed class DeviceLender
{
    /// <summary>While queries are there, documents have one part in so many of their budget.</summary>
    private const int WithheldShare = 4;

    private const int Kinds = 3;

    private readonly Lock gate = new();
    private readonly IReadOnlyList<DeviceClient> devices;
    private readonly CreditLedger[] ledgers;
    private readonly ConcurrentDictionary<ulong, LendSession> sessions = new();

    public DeviceLender(IReadOnlyList<DeviceClient> devices)
    {
        this.devices = devices;
        ledgers = [.. Enumerable.Range(0, Kinds).Select(kind => new CreditLedger(devices.Sum(device => Use(device.Status, (Kind)kind).Budget)))];
    }

    /// <summary>All that is lent, by kind.</summary>
    public IReadOnlyList<long> Budgets => Array.ConvertAll(ledgers, static l => l.Budget);

    public IReadOnlyCollection<string> Nodes => [.. sessions.Values.Select(static s => s.Node)];

    public CreditLedger Ledger(Kind kind) => ledgers[(int)kind];

    public LendSession Open(string node)
    {
        // Not to be guessed: a call names the session that pays for it.
        Span<byte> id = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(id);
        var session = new LendSession(BitConverter.ToUInt64(id), node, Array.ConvertAll(ledgers, static l => l.Join()));
        sessions[session.Id] = session;
        return session;
    }

    /// <summary>What it holds unused is free again.</summary>
    public void Close(LendSession session)
    {
        sessions.TryRemove(session.Id, out _);
        for (var kind = 0; kind < Kinds; kind++)
            ledgers[kind].Leave(session.Borrower((Kind)kind));
        Settle();
    }

    public void Hear(LendSession session, Ask ask)
    {
        switch (ask.KindCase)
        {
            case Ask.KindOneofCase.Wish:
                Ledger(Checked(ask.Wish.Kind)).Want(session.Borrower(ask.Wish.Kind), ask.Wish.Wanted, ask.Wish.Largest);
                break;
            case Ask.KindOneofCase.GivenBack:
                Ledger(Checked(ask.GivenBack.Kind)).Return(session.Borrower(ask.GivenBack.Kind), ask.GivenBack.Amount, ask.GivenBack.Answered);
                break;
            default:
                throw new WireFormatException("ask: neither a wish nor credit that is given back.");
        }

        Settle();
    }

    /// <summary>Takes a piece of work for the credit that its sender has.</summary>
    /// <exception cref="DeviceBusyException">It has not enough.</exception>
    /// <exception cref="DeviceLostException">The session has ended: so have its credits.</exception>
    public LendSession Spend(ulong id, Kind kind, long amount)
    {
        if (!sessions.TryGetValue(id, out var session))
            throw new DeviceLostException("The session has ended, and its credit with it.");
        return Ledger(kind).TrySpend(session.Borrower(kind), amount)
            ? session
            : throw new DeviceBusyException($"There is not credit enough for {amount}.", TimeSpan.FromSeconds(1));
    }

    public void End(LendSession session, Kind kind, long amount)
    {
        Ledger(kind).End(session.Borrower(kind), amount);
        Settle();
    }

    /// <summary>Called whenever there may be more room than before, or less.</summary>
    public void Settle()
    {
        if (sessions.IsEmpty)
            return;
        lock (gate)
        {
            var statuses = devices.Where(static d => d.Status.State is not DeviceState.Stopped).Select(static d => d.Status).ToList();
            for (var kind = 0; kind < Kinds; kind++)
            {
                foreach (var change in ledgers[kind].Settle(Limit(statuses, (Kind)kind)))
                    sessions.Values.FirstOrDefault(s => s.Borrower((Kind)kind) == change.Borrower)?.Tell((Kind)kind, change);
            }
        }
    }

    private long Limit(List<DeviceStatus> statuses, Kind kind)
    {
        var (used, budget) = (0L, 0L);
        foreach (var status in statuses)
        {
            var one = Use(status, kind);
            (used, budget) = (used + one.Used, budget + one.Budget);
        }

        var limit = budget - Math.Max(0, used - Ledger(kind).InWork);
        return kind == Kind.Ingest && statuses.Exists(static s => s.Query.QueuedTokens > 0) ? Math.Min(limit, budget / WithheldShare) : limit;
    }

    private static (long Used, long Budget) Use(DeviceStatus status, Kind kind) => kind switch
    {
        Kind.Query => (status.Query.QueuedTokens, status.Query.BudgetTokens),
        Kind.Ingest => (status.Ingest.QueuedTokens + status.Ingest.ReservedTokens, status.Ingest.BudgetTokens),
        _ => (status.Generations, status.MaxGenerations),
    };

    private static Kind Checked(Kind kind) => (int)kind is >= 0 and < Kinds ? kind : throw new WireFormatException($"kind: {(int)kind} is none.");
}
