using System.CommandLine;
using Npgsql;
using Spectre.Console;
using UnifiedVlm.Documents;
using UnifiedVlm.Model;
using UnifiedVlm.Server.Cluster;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Storage;
using UnifiedVlm.Streams.Broker;
using UnifiedVlm.Streams.Kafka;
using UnifiedVlm.Torch;
using UnifiedVlm.Torch.Alignment;

namespace UnifiedVlm.Server.Cli;

/// <summary><c>uvlm doctor</c>: tries every part by itself and says what to do about those that fail.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var settings = new NodeSettings();
        var kafka = new KafkaSettings();
        var command = new Command("doctor", "Check every part the program needs and say what to do about those that fail.");
        settings.AddTo(command);
        kafka.AddTo(command);
        var cluster = new Option<bool>("--cluster") { Description = "Look at the nodes that share the database instead, and at what waits for them" };
        command.Options.Add(cluster);
        command.SetAction(async (result, cancellationToken) =>
        {
            var options = settings.Read(result);
            if (result.GetValue(cluster))
                return await LookAtClusterAsync(options, cancellationToken) ? 0 : 1;
            var healthy = true;
            foreach (var check in Checks(options, kafka.Read(result)))
                healthy &= await TryAsync(check, cancellationToken);
            return healthy ? 0 : 1;
        });
        return command;
    }

    private static IEnumerable<Check> Checks(NodeOptions options, KafkaSourceOptions? kafka)
    {
        yield return new("tensors", "Run deploy/install.sh, which installs libtorch and builds src/Native.", _ =>
        {
            torch.set_num_threads(options.Threads);
            using var scope = torch.NewDisposeScope();
            var sum = torch.ones([64, 64]).matmul(torch.ones([64, 64])).sum().ToDouble();
            return Task.FromResult(sum == 64 * 64 * 64 ? $"libtorch multiplies on {options.Threads} thread(s)" : throw new InvalidOperationException($"a product came out as {sum}"));
        });
        yield return new("pictures", "Run deploy/install.sh, which installs the codecs and builds src/Native.", static _ => Task.FromResult(CodecCheck.Run()));
        yield return new("alignment", "Run deploy/install.sh, which builds src/Native.", _ => Task.FromResult($"kernels use {AlignmentKernel.BestInstructions}"));
        yield return new("model", "Name a folder with config.json and tokenizer.json with --model.", token =>
        {
            using var model = UnifiedModelLoader.Load(options.ModelDirectory, options.Devices.FirstOrDefault("cpu"), (ulong)options.Seed);
            using var prepared = model.Preparer.Prepare(new InterleavedDocument { Id = "doctor", Parts = [new TextPart("It works.")] }, token);
            var embedding = model.Encoder.Encode([prepared], token)[0];
            return Task.FromResult($"{options.ModelDirectory} embeds with {embedding.Dimension} dimensions{(model.IsTrained ? "" : "; it has no weights, they come from the seed")}");
        });
        yield return new("store", "Check --database, or the folder of --data and its free space; the private PostgreSQL logs below it.", async token =>
        {
            await using var store = await Store.OpenAsync(StoreCommand.Options(options.Database, options.DataDirectory), cancellationToken: token);
            var status = await store.Status.ReadAsync(token);
            return $"{status.Collections.Sum(static c => c.Documents)} documents, {status.DeadLetters} dead letters, vector index: {status.Index?.ToString() ?? "none yet"}, {(store.Embedded is null ? $"PostgreSQL at {new NpgsqlConnectionStringBuilder(options.Database).Host}" : $"private PostgreSQL in {options.DataDirectory}")}";
        });
        yield return kafka is null
            ? new("kafka", "Run deploy/install.sh, which builds librdkafka.", _ =>
            {
                using var broker = new MockBroker();
                return Task.FromResult("librdkafka works; no --kafka is set, so no broker was asked");
            })
            : new("kafka", "Check --kafka and the --kafka-set settings of security.protocol and sasl.", token => KafkaProbe.DescribeAsync(kafka, token));
    }

    private static async Task<bool> LookAtClusterAsync(NodeOptions options, CancellationToken cancellationToken)
    {
        var place = StoreCommand.Options(options.Database, options.DataDirectory);
        StoreCommand.CheckThere(place);
        await using var store = await Store.OpenAsync(place, cancellationToken: cancellationToken);
        var healthy = true;
        foreach (var finding in ClusterDiagnosis.Of(await store.ReadClusterAsync(TimeProvider.System, cancellationToken)))
        {
            healthy &= finding.Fix is null;
            AnsiConsole.MarkupLineInterpolated(finding.Fix is null ? $"[green]ok  [/] {finding.Subject,-10} {finding.Text}" : (FormattableString)$"[red]FAIL[/] {finding.Subject,-10} {finding.Text}: {finding.Fix}");
        }

        return healthy;
    }

    private static async Task<bool> TryAsync(Check check, CancellationToken cancellationToken)
    {
        try
        {
            AnsiConsole.MarkupLineInterpolated($"[green]ok  [/] {check.Name,-10} {await check.Run(cancellationToken)}");
            return true;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            AnsiConsole.MarkupLineInterpolated($"[red]FAIL[/] {check.Name,-10} {(error.InnerException ?? error).Message}");
            AnsiConsole.MarkupLineInterpolated($"                {check.Fix}");
            return false;
        }
    }

    private sealed record Check(string Name, string Fix, Func<CancellationToken, Task<string>> Run);
}
