using System.CommandLine;
using UnifiedVlm.Documents;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Server.Cli.Batch;

namespace UnifiedVlm.Server.Cli;

/// <summary><c>uvlm embed</c>: any checkpoint as an encoder of interleaved documents.</summary>
internal static class EmbedCommand
{
    private const string Json = "json";
    private const string Safetensors = "safetensors";

    public static Command Create()
    {
        var settings = new ModelSettings();
        var lines = new LineOptions();
        var format = new Option<string>("--format") { Description = "json: a line per document; safetensors: one file, see docs/evaluation.md", DefaultValueFactory = static _ => Json };
        format.AcceptOnlyFromAmong(Json, Safetensors);
        var command = new Command("embed",
            "Embed interleaved documents: a JSON document a line in, {\"id\", \"parts\": [[..]..], \"spans\": [..], \"document\": [..]} a line out, in order.");
        settings.AddTo(command);
        lines.AddTo(command);
        command.Options.Add(format);
        command.SetAction(async (result, cancellationToken) =>
        {
            var packed = result.GetValue(format) == Safetensors;
            if (packed && lines.Output(result) is null)
                throw new UsageException("--format safetensors needs --output FILE.");
            var pictures = lines.Pictures(result);
            await using var input = lines.OpenInput(result);
            using var model = settings.Load(result);
            var job = new EmbedJob(model, lines.Limits, pictures);
            if (packed)
            {
                using var file = new SafetensorsSink(lines.Output(result)!, model.Encoder.Dimension, model.Encoder.Fingerprint, Report);
                return await RunAsync(file);
            }

            await using var output = lines.OpenOutput(result);
            using var sink = new JsonLineSink<SequenceEmbedding>(output, EmbeddingJson.Write);
            return await RunAsync(sink);

            async Task<int> RunAsync(ILineSink<SequenceEmbedding> target)
            {
                var run = new LineRun<InterleavedDocument, PreparedDocument, SequenceEmbedding>(job, target, lines.Limits, settings.Threads(result), lines.KeepGoing(result));
                return LineOptions.Finish(await run.RunAsync(input, cancellationToken));
            }
        });
        return command;
    }

    private static void Report(LineFailure failure) => Console.Error.WriteLine($"uvlm: {new BadLineException(failure).Message}");
}
