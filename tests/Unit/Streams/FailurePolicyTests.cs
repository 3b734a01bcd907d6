using System.Data.Common;
using Npgsql;
using UnifiedVlm.Actors.Device;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Ingest;
using UnifiedVlm.Streams.Pipeline;
using UnifiedVlm.Streams.Telemetry;

namespace UnifiedVlm.Tests.Unit.Streams;

public sealed class FailurePolicyTests
{
    private static readonly PartitionLease Lease = new(new LogPartition("g", "l", "t", 0), "o", 1, 0);

    [Fact]
    public void Every_failure_has_one_answer_a_stage()
    {
        (PipelineStage Stage, Exception Failure, FailureDirective Expected)[] table =
        [
            (PipelineStage.Decode, new DocumentRejectedException("id", "is missing", "Send one"), FailureDirective.DeadLetter),
            (PipelineStage.Decode, new InvalidOperationException(), FailureDirective.DeadLetter),
            (PipelineStage.Fetch, new InvalidOperationException("the host made something up"), FailureDirective.DeadLetter),
            (PipelineStage.Fetch, new DocumentRejectedException("parts[0].url", "is away", "Wait"), FailureDirective.DeadLetter),
            (PipelineStage.Fetch, new ServerFault("57P01", transient: true), FailureDirective.Retry),
            (PipelineStage.Fetch, new ServerFault("42P01", transient: false), FailureDirective.StopNode),
            (PipelineStage.Prepare, new ArgumentException("x"), FailureDirective.DeadLetter),
            (PipelineStage.Prepare, new OutOfMemoryException(), FailureDirective.StopNode),
            (PipelineStage.Prepare, new TypeInitializationException("ImageNative", new DllNotFoundException()), FailureDirective.StopNode),
            (PipelineStage.Encode, new DeviceFailedException("x", new InvalidOperationException()), FailureDirective.DeadLetter),
            (PipelineStage.Encode, new DeviceBusyException("x", TimeSpan.Zero), FailureDirective.Retry),
            (PipelineStage.Encode, new InvalidOperationException(), FailureDirective.RetryThenStop),
            (PipelineStage.Compare, new ServerFault("57P01", transient: true), FailureDirective.Retry),
            (PipelineStage.Compare, new ServerFault("42P01", transient: false), FailureDirective.StopNode),
            (PipelineStage.Write, new FencedException(Lease, "x"), FailureDirective.DropPartition),
            (PipelineStage.Write, new EmbeddingMissingException([1]), FailureDirective.Encode),
            (PipelineStage.Write, new IOException("x", new ServerFault("57P01", transient: true)), FailureDirective.Retry),
            (PipelineStage.Write, new InvalidOperationException("x", new ServerFault("40001", transient: true)), FailureDirective.Retry),
            (PipelineStage.Write, new PostgresException("m", "ERROR", "ERROR", "25006"), FailureDirective.Retry),
            (PipelineStage.Write, new PostgresException("m", "ERROR", "ERROR", "57014"), FailureDirective.StopNode),
            (PipelineStage.Write, new ServerFault("22021", transient: false), FailureDirective.Bisect),
            (PipelineStage.Write, new ServerFault("54000", transient: false), FailureDirective.Bisect),
            (PipelineStage.Write, new ServerFault("42703", transient: false), FailureDirective.StopNode),
            (PipelineStage.Write, new LogChangedException(Lease.Partition, "other"), FailureDirective.StopNode),
        ];
        foreach (var (stage, failure, expected) in table)
            Assert.True(FailurePolicy.Decide(stage, failure) == expected, $"{stage} {failure.GetType().Name}: {FailurePolicy.Decide(stage, failure)}, expected {expected}");
    }

    internal sealed class ServerFault(string state, bool transient) : DbException($"server says {state}")
    {
        public override string SqlState { get; } = state;

        public override bool IsTransient { get; } = transient;
    }
}
