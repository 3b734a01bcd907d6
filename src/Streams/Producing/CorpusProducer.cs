using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Json;
using UnifiedVlm.Streams.Kafka;

namespace UnifiedVlm.Streams.Producing;

/// <summary>
/// Sends documents at the pace of ingestion: a partition never holds more unread bytes than a broker is sure to keep. The key is the id, so
/// the versions of a document stay in one partition. For one sending at a time.
/// </summary>
public sealed class CorpusProducer : IDisposable
{
    /// <summary>Batch and record headers, counted generously.</summary>
    private const int MessageOverhead = 256;

    private readonly CorpusProducerOptions options;
    private readonly Func<CancellationToken, ValueTask<IReadOnlyDictionary<int, long>>> positions;
    private readonly ILogger logger;
    private readonly IProducer<byte[], byte[]> producer;
    private readonly IAdminClient admin;
    private readonly List<RefusedDocument> refused = [];
    private OutstandingWindow[] windows = [];
    private volatile string? failure;
    private long sent;
    private long sentBytes;

    /// <param name="positions">Where ingestion stands: the next offset of each partition it has begun. Asked while a partition is full.</param>
    /// <param name="logger">Events 4200 to 4299.</param>
    public CorpusProducer(
        CorpusProducerOptions options, Func<CancellationToken, ValueTask<IReadOnlyDictionary<int, long>>> positions, ILogger logger)
    {
        NativeKafka.EnsureMapped();
        this.options = options;
        this.positions = positions;
        this.logger = logger;
        producer = new ProducerBuilder<byte[], byte[]>(Config(options))
            .SetErrorHandler((_, error) => ProducerLog.ClientError(logger, error.Code.ToString(), error.Reason))
            .SetLogHandler((_, message) => ProducerLog.Client(logger, message.Facility, message.Message))
            .Build();
        admin = new DependentAdminClientBuilder(producer.Handle).Build();
    }

    /// <summary>So far acknowledged, refused ones included.</summary>
    public ProduceReport Report
    {
        get
        {
            lock (refused)
                return new ProduceReport(Interlocked.Read(ref sent), Interlocked.Read(ref sentBytes), [.. refused]);
        }
    }

    /// <summary>Sends the documents in order, waiting for ingestion where a partition is full, and until the last one is acknowledged.</summary>
    /// <exception cref="ProduceFailedException">A message was not taken.</exception>
    public async Task<ProduceReport> SendAsync(IEnumerable<InterleavedDocument> documents, CancellationToken cancellationToken)
    {
        if (windows.Length == 0)
            windows = await OpenWindowsAsync(cancellationToken).ConfigureAwait(false);
        foreach (var document in documents)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var versioned = document.Version is null && options.DefaultVersion is { } version ? document with { Version = version } : document;
            await SendAsync(versioned, cancellationToken).ConfigureAwait(false);
        }

        await FlushAsync(cancellationToken).ConfigureAwait(false);
        return Report;
    }

    public void Dispose()
    {
        admin.Dispose();
        producer.Dispose();
    }

    private static ProducerConfig Config(CorpusProducerOptions options)
    {
        var config = new Dictionary<string, string>
        {
            ["message.max.bytes"] = options.MaxOutstandingBytes.ToString(CultureInfo.InvariantCulture),
            ["linger.ms"] = "20",
            ["delivery.timeout.ms"] = ((long)options.DeliveryTimeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture),
        };
        foreach (var (name, value) in options.Settings)
            config[name] = value;
        config["bootstrap.servers"] = options.BootstrapServers;
        config["enable.idempotence"] = "true";
        return new ProducerConfig(config);
    }

    private async Task<OutstandingWindow[]> OpenWindowsAsync(CancellationToken cancellationToken)
    {
        var count = await Task.Run(
            () => admin.GetMetadata(options.Topic, options.DeliveryTimeout).Topics.Single().Partitions.Count, cancellationToken).ConfigureAwait(false);
        if (count == 0)
            throw new ProduceFailedException(options.Topic, "the topic does not exist");
        var opened = Enumerable.Range(0, count).Select(_ => new OutstandingWindow(options.MaxOutstandingBytes, options.MaxOutstandingMessages)).ToArray();
        var ends = await admin.ListOffsetsAsync(
            Enumerable.Range(0, count).Select(p => new TopicPartitionOffsetSpec
            {
                TopicPartition = new TopicPartition(options.Topic, p),
                OffsetSpec = OffsetSpec.Latest(),
            }),
            new ListOffsetsOptions { RequestTimeout = options.DeliveryTimeout }).WaitAsync(cancellationToken).ConfigureAwait(false);
        var known = await positions(cancellationToken).ConfigureAwait(false);
        foreach (var end in ends.ResultInfos.Select(static r => r.TopicPartitionOffsetError))
        {
            var partition = end.Partition.Value;
            if (end.Offset.Value > known.GetValueOrDefault(partition))
                opened[partition].AddBacklog(end.Offset.Value - 1);
        }

        return opened;
    }

    private async Task SendAsync(InterleavedDocument document, CancellationToken cancellationToken)
    {
        var key = Encoding.UTF8.GetBytes(document.Id);
        var value = DocumentJson.Serialize(document);
        var size = (long)key.Length + value.Length + MessageOverhead;
        if (size > options.MaxOutstandingBytes)
        {
            Refuse(document, size);
            return;
        }

        var partition = Murmur2.Partition(key, windows.Length);
        var window = windows[partition];
        while (!window.TryAdd(size))
        {
            ThrowIfFailed();
            foreach (var (other, next) in await positions(cancellationToken).ConfigureAwait(false))
            {
                if (other < windows.Length)
                    windows[other].Commit(next);
            }

            if (!window.TryAdd(size))
                await Task.Delay(options.PositionInterval, cancellationToken).ConfigureAwait(false);
            else
                break;
        }

        await ProduceAsync(new TopicPartition(options.Topic, partition), key, value, size, cancellationToken).ConfigureAwait(false);
    }

    private async Task ProduceAsync(TopicPartition partition, byte[] key, byte[] value, long size, CancellationToken cancellationToken)
    {
        while (true)
        {
            ThrowIfFailed();
            try
            {
                producer.Produce(partition, new Message<byte[], byte[]> { Key = key, Value = value }, report => OnDelivery(report, size));
                return;
            }
            catch (ProduceException<byte[], byte[]> e) when (e.Error.Code == ErrorCode.Local_QueueFull)
            {
                ProducerLog.QueueFull(logger);
            }
            catch (ProduceException<byte[], byte[]> e)
            {
                throw new ProduceFailedException(options.Topic, e.Error.Reason);
            }

            await Task.Delay(options.PositionInterval, cancellationToken).ConfigureAwait(false);
        }
    }

    private void OnDelivery(DeliveryReport<byte[], byte[]> report, long size)
    {
        if (report.Error.IsError)
        {
            failure ??= report.Error.Reason;
            return;
        }

        Interlocked.Increment(ref sent);
        Interlocked.Add(ref sentBytes, size);
        windows[report.Partition.Value].Delivered(report.Offset.Value, size);
    }

    private void Refuse(InterleavedDocument document, long size)
    {
        ProducerLog.TooLarge(logger, document.Id, size, options.MaxOutstandingBytes);
        lock (refused)
        {
            refused.Add(new RefusedDocument(
                document.Id, size, $"{size} bytes in one message; a partition is sure to keep {options.MaxOutstandingBytes}. Push the document over HTTP or ingest its file."));
        }
    }

    private Task FlushAsync(CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            while (producer.Flush(TimeSpan.FromMilliseconds(200)) > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                ThrowIfFailed();
            }

            ThrowIfFailed();
        },
        cancellationToken);

    private void ThrowIfFailed()
    {
        if (failure is { } reason)
            throw new ProduceFailedException(options.Topic, reason);
    }
}
