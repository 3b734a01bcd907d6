using System.Runtime.InteropServices;
using UnifiedVlm.Streams.Kafka;

namespace UnifiedVlm.Streams.Broker;

/// <summary>librdkafka's mock cluster, as rdkafka_mock.h declares it.</summary>
internal static partial class MockBrokerNative
{
    private const string Library = NativeKafka.LibraryName;

    /// <summary>RD_KAFKA_PRODUCER: the handle only keeps the cluster's books, so the cheaper kind does.</summary>
    internal const int ProducerType = 0;

    /// <summary>RD_KAFKA_CONF_OK.</summary>
    internal const int ConfigurationOk = 0;

    [LibraryImport(Library)]
    internal static partial nint rd_kafka_conf_new();

    [LibraryImport(Library)]
    internal static partial void rd_kafka_conf_destroy(nint configuration);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int rd_kafka_conf_set(nint configuration, string name, string value, [Out] byte[] error, nuint errorSize);

    /// <summary>Takes ownership of the configuration when it succeeds.</summary>
    [LibraryImport(Library)]
    internal static partial nint rd_kafka_new(int type, nint configuration, [Out] byte[] error, nuint errorSize);

    [LibraryImport(Library)]
    internal static partial void rd_kafka_destroy(nint kafka);

    [LibraryImport(Library)]
    internal static partial nint rd_kafka_err2str(int error);

    [LibraryImport(Library)]
    internal static partial nint rd_kafka_mock_cluster_new(nint kafka, int brokers);

    [LibraryImport(Library)]
    internal static partial void rd_kafka_mock_cluster_destroy(nint cluster);

    [LibraryImport(Library)]
    internal static partial void rd_kafka_mock_set_controller_id(nint cluster, int broker);

    [LibraryImport(Library)]
    internal static partial nint rd_kafka_mock_cluster_bootstraps(nint cluster);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int rd_kafka_mock_topic_create(nint cluster, string topic, int partitions, int replication);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int rd_kafka_mock_topic_delete(nint cluster, string topic);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int rd_kafka_mock_partition_delete_records(nint cluster, string topic, int partition, long beforeOffset);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int rd_kafka_mock_partition_set_leader(nint cluster, string topic, int partition, int broker);

    [LibraryImport(Library)]
    internal static partial void rd_kafka_mock_push_request_errors_array(nint cluster, short request, nuint count, int[] errors);

    [LibraryImport(Library)]
    internal static partial void rd_kafka_mock_clear_request_errors(nint cluster, short request);

    [LibraryImport(Library)]
    internal static partial int rd_kafka_mock_broker_set_down(nint cluster, int broker);

    [LibraryImport(Library)]
    internal static partial int rd_kafka_mock_broker_set_up(nint cluster, int broker);

    [LibraryImport(Library)]
    internal static partial int rd_kafka_mock_broker_set_rtt(nint cluster, int broker, int milliseconds);

    [LibraryImport(Library)]
    internal static partial void rd_kafka_mock_start_request_tracking(nint cluster);

    /// <summary>The requests since tracking began, in memory that <see cref="rd_kafka_mock_request_destroy_array"/> frees.</summary>
    [LibraryImport(Library)]
    internal static partial nint rd_kafka_mock_get_requests(nint cluster, out nuint count);

    [LibraryImport(Library)]
    internal static partial short rd_kafka_mock_request_api_key(nint request);

    [LibraryImport(Library)]
    internal static partial void rd_kafka_mock_request_destroy_array(nint requests, nuint count);

    [LibraryImport(Library)]
    internal static partial void rd_kafka_mock_group_initial_rebalance_delay_ms(nint cluster, int milliseconds);
}
