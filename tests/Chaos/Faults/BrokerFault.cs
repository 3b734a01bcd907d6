using Confluent.Kafka;
using UnifiedVlm.Chaos.Run;
using UnifiedVlm.Chaos.Server;
using UnifiedVlm.Streams.Broker;

namespace UnifiedVlm.Chaos.Faults;

/// <summary>Failing requests, moved leaders, brokers that are away for a moment or slow: the mock cluster's own fault injection.</summary>
internal sealed class BrokerFault : IFault
{
    // Not Produce: the log is the yardstick.
    private static readonly BrokerRequest[] Requests =
    [
        BrokerRequest.Fetch, BrokerRequest.ListOffsets, BrokerRequest.OffsetCommit, BrokerRequest.FindCoordinator, BrokerRequest.JoinGroup,
        BrokerRequest.Heartbeat, BrokerRequest.SyncGroup,
    ];

    private static readonly ErrorCode[] Errors =
    [
        ErrorCode.RequestTimedOut, ErrorCode.Local_Transport, ErrorCode.NotLeaderForPartition, ErrorCode.LeaderNotAvailable, ErrorCode.NotCoordinatorForGroup,
        ErrorCode.GroupCoordinatorNotAvailable, ErrorCode.RebalanceInProgress, ErrorCode.UnknownMemberId, ErrorCode.IllegalGeneration,
    ];

    public string Name => "broker";

    public async Task InjectAsync(Testbed bed, Random random)
    {
        await bed.UntilStoredAsync(1 + random.Next(50));
        switch (random.Next(4))
        {
            case 0:
                await FailRequestsAsync(bed, random);
                break;
            case 1:
                for (var partition = 0; partition < bed.Broker.Partitions; partition++)
                    bed.Broker.Cluster.SetPartitionLeader(bed.Broker.Topic, partition, 1 + random.Next(ChaosBroker.Brokers));
                break;
            case 2:
                await TakeDownAsync(bed, random);
                break;
            default:
                bed.Broker.Cluster.SetRoundTripTime(TimeSpan.FromMilliseconds(50 + random.Next(300)));
                await bed.UntilStoredAsync(1 + random.Next(50));
                bed.Broker.Cluster.SetRoundTripTime(TimeSpan.Zero);
                break;
        }

        await bed.CatchUpAsync();
    }

    private static async Task FailRequestsAsync(Testbed bed, Random random)
    {
        var failing = Enumerable.Range(0, 1 + random.Next(3)).Select(_ => Requests[random.Next(Requests.Length)]).ToList();
        foreach (var request in failing)
            bed.Broker.Cluster.PushRequestErrors(request, [.. Enumerable.Range(0, 1 + random.Next(5)).Select(_ => Errors[random.Next(Errors.Length)])]);
        await bed.UntilStoredAsync(1 + random.Next(100));
        // What nobody asked for meanwhile would meet another cycle.
        foreach (var request in failing)
            bed.Broker.Cluster.ClearRequestErrors(request);
    }

    private static async Task TakeDownAsync(Testbed bed, Random random)
    {
        var broker = random.Next(2) == 0 ? MockBroker.AllBrokers : 1 + random.Next(ChaosBroker.Brokers);
        // A record whose acknowledgement is lost would be sent again, and the log would hold it twice.
        await using var pause = await bed.Sender.PauseAsync();
        bed.Broker.Cluster.SetBrokerDown(broker);
        await Task.Delay(random.Next(1500));
        bed.Broker.Cluster.SetBrokerUp(broker);
    }
}
