using UnifiedVlm.Actors.Kernel;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Actors.Device.Pool;

public sealed partial class DevicePool
{
    /// <summary>The device has gone, whatever it was doing.</summary>
    private static bool IsGone(Exception? failure) => failure is DeviceLostException or ActorStoppedException;

    private async Task RunAsync(PoolAttempt attempt)
    {
        var work = attempt.Work;
        SequenceEmbedding? embedding = null;
        Exception? failure = null;
        try
        {
            embedding = await attempt.Member.Device.EncodeAsync(work.Document, work.Priority, attempt.Begin, attempt.Cancellation.Token).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            failure = error;
        }

        PoolAttempt[] taken = [];
        lock (gate)
        {
            if (attempt.Member.IsLate && failure is null)
                PoolLog.Answers(logger, attempt.Member.Device.Name);
            attempt.Member.End(attempt, isAnswer: failure is null or DeviceFailedException);
            if (IsGone(failure) && members.Contains(attempt.Member))
                taken = SetAside(attempt.Member, failure!.Message);
            if (failure is not null && !work.IsEnded)
            {
                if (attempt.IsMoved || IsGone(failure) || failure is DeviceBusyException)
                    MoveOn(attempt, failure);
                else
                    work.Fail(failure);
            }
        }

        if (embedding is not null)
            work.Complete(embedding);
        Cancel(taken);
        Pump();
    }

    /// <summary>Under the gate: the document looks for another device, unless it is what devices are lost by.</summary>
    private void MoveOn(PoolAttempt attempt, Exception failure)
    {
        var work = attempt.Work;
        attempt.Member.Moved++;
        if (failure is not DeviceBusyException && attempt.HasBegun && IsLost(attempt, failure))
        {
            if (work.Document.Alone && ++work.LossesAlone >= options.MaxLossesAlone)
            {
                work.Fail(new DeviceFailedException($"{attempt.Member.Device.Name}: devices were lost {work.LossesAlone} times with this document alone on them.", failure));
                return;
            }

            work.Document.Alone = true;
        }

        if (++work.Moves > options.MaxMoves)
        {
            work.Fail(failure is DeviceBusyException
                ? failure
                : new DeviceFailedException($"{name}: the document was given to {work.Moves} devices, and none came back with it.", failure));
            return;
        }

        work.Shunned = attempt.Member;
        if (work.Attempts.Count > 0)
            return;

        // A device that had no room after all has not begun with it: a query has been waiting since the first of them.
        work.WaitingSince = failure is DeviceBusyException ? work.WaitingSince ?? time.GetTimestamp() : null;
        if (work.Priority == EncodePriority.Query && PatienceLeft(work) <= TimeSpan.Zero)
        {
            work.Fail(failure);
            return;
        }

        WaitFirst(work);
        Assign();
        BePatient(work);
    }

    private static bool IsLost(PoolAttempt attempt, Exception failure) => IsGone(failure) || attempt.Member.Device.State != PooledDeviceState.Ready;

    /// <summary>The local device of a document has begun with it.</summary>
    private void BeginHere(PoolWork work)
    {
        lock (gate)
            work.Attempts.Find(static a => !a.Member.Device.IsRemote)?.Begin();
    }

    /// <summary>Under the gate. The failed device's other work goes with it: waiting there for its own failure would cost time only.</summary>
    private PoolAttempt[] SetAside(PoolMember member, string reason)
    {
        if (member.IsAside && !member.IsLate)
            return [];
        var pause = member.SetAside(options);
        var taken = Take(member);
        PoolLog.SetAside(logger, member.Device.Name, pause.TotalSeconds, taken.Length + 1, reason);
        return taken;
    }

    /// <summary>Under the gate: what is cancelled afterwards moves on.</summary>
    private static PoolAttempt[] Take(PoolMember member)
    {
        var taken = member.Attempts.Where(static a => !a.IsMoved).ToArray();
        foreach (var attempt in taken)
            attempt.IsMoved = true;
        return taken;
    }

    /// <summary>Not under the gate: what waits for a cancellation runs here.</summary>
    private static void Cancel(PoolAttempt[] attempts)
    {
        foreach (var attempt in attempts)
            attempt.Cancellation.Cancel();
    }

    private void OnDeviceChanged()
    {
        var taken = new List<PoolAttempt>();
        lock (gate)
        {
            if (members.Exists(static m => m.IsOpen))
            {
                foreach (var member in members.Where(static m => m.Device.State == PooledDeviceState.Returning && m.Attempts.Count > 0))
                {
                    var drained = Take(member);
                    if (drained.Length > 0)
                        PoolLog.Drained(logger, member.Device.Name, drained.Length);
                    taken.AddRange(drained);
                }
            }

            Assign();
        }

        Cancel([.. taken]);
        Interlocked.Exchange(ref change, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    /// <summary>Finds devices that leave their work unanswered, and tries again those that were set aside.</summary>
    private void Watch()
    {
        lock (gate)
        {
            foreach (var member in members)
            {
                if (member.IsLate && member.Attempts.Count == 0)
                    _ = SetAside(member, "others had all its answers first");
                else if (!member.IsLate && member.Device.IsRemote && LateBy(member) is { } waited)
                    BeLate(member, waited);
            }

            Assign();
        }
    }

    /// <summary>How long its oldest work has waited beyond patience, others having answered meanwhile; null where there is none.</summary>
    private TimeSpan? LateBy(PoolMember member)
    {
        if (member.Attempts.MinBy(static a => a.Started) is not { } oldest || time.GetElapsedTime(oldest.Started) is var waited && waited < oldest.Patience)
            return null;
        return member.LastAnswer <= oldest.Started && members.Exists(m => m != member && m.IsOpen && m.LastAnswer > oldest.Started) ? waited : null;
    }

    private void BeLate(PoolMember member, TimeSpan waited)
    {
        member.IsLate = true;
        var left = member.Attempts.Where(static a => !a.Work.IsEnded && a.Work.Attempts.Count == 1).OrderByDescending(static a => a.Started).ToList();
        PoolLog.Late(logger, member.Device.Name, waited.TotalSeconds, left.Count);
        foreach (var attempt in left)
        {
            member.Moved++;
            attempt.Work.Shunned = member;
            WaitFirst(attempt.Work);
        }
    }
}
