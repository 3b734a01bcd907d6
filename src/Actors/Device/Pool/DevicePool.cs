using Microsoft.Extensions.Logging;
using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Preparation;

namespace UnifiedVlm.Actors.Device.Pool;

/// <summary>
/// Several devices as one. A document goes where its answer is expected first among those that have room; ingestion waits for room anywhere, first come first
/// served; a query is refused when none has any. What a device had that is lost, brought back, or late goes to another. Thread-safe.
/// </summary>
public sealed partial class DevicePool : IDeviceClient, IDisposable
{
    private readonly Lock gate = new();
    private readonly List<PoolMember> members = [];

    // One entry for each caller that is suspended in EncodeAsync: the callers bound them.
    private readonly LinkedList<PoolWork> queries = new();
    private readonly LinkedList<PoolWork> documents = new();
    private readonly string name;
    private readonly PoolOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly ITimer watch;
    private TaskCompletionSource change = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool isDisposed;

    /// <param name="name">For messages.</param>
    public DevicePool(string name, PoolOptions options, TimeProvider time, ILogger<DevicePool> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        options.Validate();
        (this.name, this.options, this.time, this.logger) = (name, options, time, logger);
        watch = time.CreateTimer(_ => Watch(), null, options.WatchInterval, options.WatchInterval);
    }

    public bool HasDevice
    {
        get
        {
            lock (gate)
                return members.Any(static m => m.Device.State != PooledDeviceState.Away);
        }
    }

    /// <summary>Documents that wait for a device.</summary>
    public int Waiting
    {
        get
        {
            lock (gate)
                return queries.Count + documents.Count;
        }
    }

    public IReadOnlyList<PooledDeviceStatus> Status
    {
        get
        {
            lock (gate)
            {
                return [.. members.Select(static m => new PooledDeviceStatus(
                    m.Device.Name, m.Device.IsRemote, m.Device.State, m.IsAside, m.Tokens(EncodePriority.Query), m.Tokens(EncodePriority.Ingest),
                    m.Device.Room(EncodePriority.Query), m.Device.Room(EncodePriority.Ingest), m.Device.GenerationRoom, m.Generations, m.Answered, m.Moved, m.TimesAside, m.TokensPerSecond))];
            }
        }
    }

    /// <summary>For others to know how much can be asked of this node. A device that was set aside counts with what it holds.</summary>
    public PoolProspect Prospect
    {
        get
        {
            lock (gate)
            {
                return new PoolProspect(
                    members.Sum(static m => Expected(m, EncodePriority.Query)), members.Sum(static m => Expected(m, EncodePriority.Ingest)),
                    members.Sum(static m => m.IsOpen ? m.Device.GenerationProspect(m.Generations) : m.Device.GenerationRoom));
            }

            static long Expected(PoolMember member, EncodePriority priority)
                => member.IsOpen ? member.Device.Prospect(priority, member.Tokens(priority)) : member.Device.Room(priority);
        }
    }

    public void Add(PooledDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        lock (gate)
            members.Add(new PoolMember(device, time));
        device.Changed += OnDeviceChanged;
        OnDeviceChanged();
    }

    /// <summary>Its work goes to the others. Disposing of the device is the caller's.</summary>
    public void Remove(PooledDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        device.Changed -= OnDeviceChanged;
        PoolAttempt[] taken;
        lock (gate)
        {
            if (members.Find(m => m.Device == device) is not { } member)
                return;
            members.Remove(member);
            device.Reserve(null);
            taken = Take(member);
        }

        Cancel(taken);
    }

    /// <inheritdoc/>
    /// <exception cref="DeviceLostException">Priority <see cref="EncodePriority.Query"/> and there is no device at all.</exception>
    public async Task<SequenceEmbedding> EncodeAsync(PreparedDocument document, EncodePriority priority, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(document);
        cancellationToken.ThrowIfCancellationRequested();
        var work = new PoolWork(document, priority);
        var begins = document.EncodingBegins;
        document.EncodingBegins = () =>
        {
            BeginHere(work);
            begins?.Invoke();
        };
        try
        {
            lock (gate)
            {
                ObjectDisposedException.ThrowIf(isDisposed, this);
                Line(work).AddLast(work.Place);
                Assign();
                BePatient(work);
            }

            using (cancellationToken.UnsafeRegister(static (state, token) => ((PoolWork)state!).Cancel(token), work))
                return await work.Result.ConfigureAwait(false);
        }
        finally
        {
            await LeaveAsync(work).ConfigureAwait(false);
            document.EncodingBegins = begins;
        }
    }

    public void Dispose()
    {
        PoolWork[] left;
        lock (gate)
        {
            isDisposed = true;
            foreach (var member in members)
            {
                member.Device.Changed -= OnDeviceChanged;
                member.Device.Reserve(null);
            }

            left = [.. queries, .. documents];
            queries.Clear();
            documents.Clear();
        }

        watch.Dispose();
        foreach (var work in left)
            work.Fail(new ActorStoppedException(name));
    }

    /// <summary>The caller may dispose of the document afterwards: nobody may be reading it then.</summary>
    private async Task LeaveAsync(PoolWork work)
    {
        PoolAttempt[] running;
        lock (gate)
        {
            work.Patience?.Dispose();
            if (work.Place.List is { } line)
            {
                // Those behind it may have room where it had none.
                line.Remove(work.Place);
                Assign();
            }

            running = [.. work.Attempts];
        }

        Cancel(running);
        foreach (var attempt in running)
            await attempt.Task.ConfigureAwait(false);
    }

    private LinkedList<PoolWork> Line(PoolWork work) => work.Priority == EncodePriority.Query ? queries : documents;

    /// <summary>Under the gate: before those that have not been with a device yet. What waits already waits where it is.</summary>
    private void WaitFirst(PoolWork work)
    {
        if (work.Place.List is null)
            Line(work).AddFirst(work.Place);
    }

    private void Pump()
    {
        lock (gate)
            Assign();
    }

    /// <summary>Under the gate.</summary>
    private void Assign()
    {
        _ = Assign(queries);
        var first = Assign(documents);
        var refusing = first is null ? [] : Candidates(first);
        foreach (var member in members)
            member.Device.Reserve(refusing.Contains(member) ? first!.Document : null);
    }

    /// <returns>The one that holds up the others, because no device has room for it; null where none does.</returns>
    private PoolWork? Assign(LinkedList<PoolWork> line)
    {
        if (!options.WaitsForDevices && members.TrueForAll(static m => m.Device.State == PooledDeviceState.Away))
        {
            foreach (var work in line)
                work.Fail(Refusal());
            line.Clear();
        }

        for (var node = line.First; node is not null;)
        {
            var (work, next) = (node.Value, node.Next);
            if (work.IsEnded)
            {
                line.Remove(node);
            }
            else if (Choose(work) is { } member)
            {
                line.Remove(node);
                Start(work, member);
            }
            else if (work.Attempts.Count == 0)
            {
                // Those behind it wait too, or a large document would wait for ever. A second attempt holds up nobody.
                return work;
            }

            node = next;
        }

        return null;
    }

    /// <summary>The device that is expected to answer first, with room taken; null where none has any.</summary>
    private PoolMember? Choose(PoolWork work)
        => Candidates(work).OrderBy(m => ExpectedSeconds(m, work)).FirstOrDefault(m => m.Device.TryAdmit(work.Document, work.Priority));

    private List<PoolMember> Candidates(PoolWork work)
    {
        var free = members.Where(m => !work.Attempts.Exists(a => a.Member == m)).ToList();
        var candidates = free.FindAll(static m => m.IsOpen);
        if (candidates.Count == 0 && work.Attempts.Count == 0)
            candidates = free.FindAll(static m => m.Device.State == PooledDeviceState.Returning);
        if (candidates.Count > 1 && work.Shunned is { } shunned)
            candidates.Remove(shunned);
        return candidates;
    }

    /// <summary>A device that has not answered yet is taken to be as fast as the others.</summary>
    private double ExpectedSeconds(PoolMember member, PoolWork work)
    {
        var queued = member.Tokens(EncodePriority.Query) + (work.Priority == EncodePriority.Ingest ? member.Tokens(EncodePriority.Ingest) : 0);
        var speed = member.TokensPerSecond;
        if (speed == 0)
            speed = members.Where(static m => m.TokensPerSecond > 0).Select(static m => m.TokensPerSecond).DefaultIfEmpty(1).Average();
        return (queued + work.Tokens) / speed;
    }

    private void Start(PoolWork work, PoolMember member)
    {
        work.Patience?.Dispose();
        var isKnown = members.Exists(static m => m.TokensPerSecond > 0);
        var patience = isKnown ? TimeSpan.FromSeconds(Math.Max(options.SlowAfter.TotalSeconds, Math.Min(options.SlowFactor * ExpectedSeconds(member, work), 3600))) : TimeSpan.MaxValue;
        var attempt = new PoolAttempt(work, member, time.GetTimestamp(), patience);
        member.Begin(attempt);
        attempt.Task = Task.Run(() => RunAsync(attempt));
    }

    /// <summary>Under the gate: a query that waits is refused, at once where no credit can be on its way.</summary>
    private void BePatient(PoolWork work)
    {
        if (work.Priority != EncodePriority.Query || work.IsEnded || work.Attempts.Count > 0)
            return;
        work.Patience?.Dispose();
        work.WaitingSince ??= time.GetTimestamp();
        if (PatienceLeft(work) is var left && left > TimeSpan.Zero && members.Exists(static m => m.Device.IsRemote && m.IsOpen))
            work.Patience = time.CreateTimer(state => Refuse((PoolWork)state!), work, left, Timeout.InfiniteTimeSpan);
        else
            work.Fail(Refusal());
    }

    private TimeSpan PatienceLeft(PoolWork work) => work.WaitingSince is { } since ? options.QueryPatience - time.GetElapsedTime(since) : options.QueryPatience;

    private void Refuse(PoolWork work)
    {
        lock (gate)
        {
            if (work.Attempts.Count == 0)
                work.Fail(Refusal());
        }
    }

    private Exception Refusal() => members.Exists(static m => m.Device.State != PooledDeviceState.Away)
        ? new DeviceBusyException($"{name}: every device has as many queries as it takes. Try again later.", TimeSpan.FromSeconds(1))
        : new DeviceLostException($"{name}: there is no device now, neither here nor on a node that can be reached.");
}
