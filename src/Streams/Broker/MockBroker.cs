using System.Runtime.InteropServices;
using System.Text;
using Confluent.Kafka;
using UnifiedVlm.Streams.Kafka;

namespace UnifiedVlm.Streams.Broker;

/// <summary>
/// A Kafka cluster for demonstrations and tests: librdkafka's mock brokers, listening on 127.0.0.1 for any process of this machine.
/// In memory only: a partition keeps about <see cref="RetainedBytes"/> and drops the oldest beyond it without a word, so whoever feeds it
/// has to stay that close to whoever reads it (the corpus producer does). A first group join takes 3 s
/// (<see cref="SetGroupJoinDelay"/>), a rejoin up to the session timeout; static membership is ignored.
/// Topics are created on first use with four partitions unless <see cref="CreateTopic"/> came first. Thread-safe.
/// </summary>
public sealed class MockBroker : IDisposable
{
    /// <summary>Bytes and messages a partition keeps before it drops the oldest.</summary>
    public const long RetainedBytes = 5 << 20;

    public const int RetainedMessages = 100_000;

    /// <summary>Stands for every broker in the commands that take one.</summary>
    public const int AllBrokers = -1;

    private readonly Lock gate = new();
    private nint kafka;
    private nint cluster;

    /// <param name="brokers">How many brokers; their ids run from 1.</param>
    /// <exception cref="MockBrokerException">The cluster could not be created.</exception>
    public MockBroker(int brokers = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(brokers, 1);
        NativeKafka.EnsureMapped();
        kafka = CreateHandle();
        cluster = MockBrokerNative.rd_kafka_mock_cluster_new(kafka, brokers);
        if (cluster == 0)
        {
            MockBrokerNative.rd_kafka_destroy(kafka);
            throw new MockBrokerException("starting", "no cluster was created");
        }

        // Without one, clients that ask for the cluster's or a topic's id wait for it in vain.
        MockBrokerNative.rd_kafka_mock_set_controller_id(cluster, 1);
        BootstrapServers = Marshal.PtrToStringUTF8(MockBrokerNative.rd_kafka_mock_cluster_bootstraps(cluster))
            ?? throw new MockBrokerException("starting", "it has no address");
    }

    /// <summary>What clients set as <c>bootstrap.servers</c>: host:port, comma separated.</summary>
    public string BootstrapServers { get; }

    public void CreateTopic(string topic, int partitions, int replication = 1) =>
        Check($"creating topic {topic}", MockBrokerNative.rd_kafka_mock_topic_create(Cluster, topic, partitions, replication));

    public void DeleteTopic(string topic) =>
        Check($"deleting topic {topic}", MockBrokerNative.rd_kafka_mock_topic_delete(Cluster, topic));

    /// <summary>Moves the partition's low watermark up, as retention does.</summary>
    public void DeleteRecords(string topic, int partition, long beforeOffset) => Check(
        $"deleting records of {topic}/{partition} before {beforeOffset}",
        MockBrokerNative.rd_kafka_mock_partition_delete_records(Cluster, topic, partition, beforeOffset));

    /// <summary>The next requests of this kind fail with these errors, one each, in order. <see cref="ErrorCode.Local_Transport"/> cuts the connection.</summary>
    public void PushRequestErrors(BrokerRequest request, params ErrorCode[] errors) => MockBrokerNative.rd_kafka_mock_push_request_errors_array(
        Cluster, (short)request, (nuint)errors.Length, Array.ConvertAll(errors, static e => (int)e));

    public void ClearRequestErrors(BrokerRequest request) => MockBrokerNative.rd_kafka_mock_clear_request_errors(Cluster, (short)request);

    /// <summary>Cuts the broker's connections and accepts none until <see cref="SetBrokerUp"/>. Leadership stays where it is.</summary>
    public void SetBrokerDown(int broker = AllBrokers) =>
        Check($"taking broker {broker} down", MockBrokerNative.rd_kafka_mock_broker_set_down(Cluster, broker));

    public void SetBrokerUp(int broker = AllBrokers) =>
        Check($"bringing broker {broker} up", MockBrokerNative.rd_kafka_mock_broker_set_up(Cluster, broker));

    /// <summary>Every answer of the broker is delayed by this.</summary>
    public void SetRoundTripTime(TimeSpan delay, int broker = AllBrokers) => Check(
        $"slowing broker {broker}", MockBrokerNative.rd_kafka_mock_broker_set_rtt(Cluster, broker, (int)delay.TotalMilliseconds));

    /// <summary>Moves a partition's leadership; -1 leaves it without a leader.</summary>
    public void SetPartitionLeader(string topic, int partition, int broker) => Check(
        $"moving {topic}/{partition} to broker {broker}", MockBrokerNative.rd_kafka_mock_partition_set_leader(Cluster, topic, partition, broker));

    /// <summary>How long a new group waits for more members before its first assignment: 3 s unless set.</summary>
    public void SetGroupJoinDelay(TimeSpan delay) =>
        MockBrokerNative.rd_kafka_mock_group_initial_rebalance_delay_ms(Cluster, (int)delay.TotalMilliseconds);

    /// <summary>From now on requests are counted, those of all clients together. Each costs some bytes, so not for ever.</summary>
    public void TrackRequests() => MockBrokerNative.rd_kafka_mock_start_request_tracking(Cluster);

    /// <summary>How many requests of each kind have come since <see cref="TrackRequests"/>.</summary>
    public IReadOnlyDictionary<BrokerRequest, int> CountRequests()
    {
        var requests = MockBrokerNative.rd_kafka_mock_get_requests(Cluster, out var count);
        try
        {
            return Enumerable.Range(0, (int)count)
                .CountBy(i => (BrokerRequest)MockBrokerNative.rd_kafka_mock_request_api_key(Marshal.ReadIntPtr(requests, i * nint.Size)))
                .ToDictionary();
        }
        finally
        {
            MockBrokerNative.rd_kafka_mock_request_destroy_array(requests, count);
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (cluster == 0)
                return;
            MockBrokerNative.rd_kafka_mock_cluster_destroy(cluster);
            MockBrokerNative.rd_kafka_destroy(kafka);
            (cluster, kafka) = (0, 0);
        }
    }

    private nint Cluster
    {
        get
        {
            ObjectDisposedException.ThrowIf(cluster == 0, this);
            return cluster;
        }
    }

    private static nint CreateHandle()
    {
        var error = new byte[512];
        var configuration = MockBrokerNative.rd_kafka_conf_new();
        // Below warnings the mock cluster reports every connection it accepts or loses.
        if (MockBrokerNative.rd_kafka_conf_set(configuration, "log_level", "3", error, (nuint)error.Length) != MockBrokerNative.ConfigurationOk)
        {
            MockBrokerNative.rd_kafka_conf_destroy(configuration);
            throw new MockBrokerException("configuring", Text(error));
        }

        var handle = MockBrokerNative.rd_kafka_new(MockBrokerNative.ProducerType, configuration, error, (nuint)error.Length);
        if (handle != 0)
            return handle;
        MockBrokerNative.rd_kafka_conf_destroy(configuration);
        throw new MockBrokerException("starting", Text(error));
    }

    private static string Text(byte[] buffer) => Encoding.UTF8.GetString(buffer.AsSpan(0, Math.Max(0, Array.IndexOf<byte>(buffer, 0))));

    private static void Check(string action, int error)
    {
        if (error != 0)
            throw new MockBrokerException(action, Marshal.PtrToStringUTF8(MockBrokerNative.rd_kafka_err2str(error)) ?? $"error {error}");
    }
}
