using System.CommandLine;
using UnifiedVlm.Model.Generation;
using UnifiedVlm.Server.Cli.Batch;

namespace UnifiedVlm.Server.Cli;

/// <summary><c>uvlm generate</c>: any checkpoint as a generator over prompts of text and pictures.</summary>
internal static class GenerateCommand
{
    public static Command Create()
    {
        var settings = new ModelSettings();
        var lines = new LineOptions();
        var command = new Command("generate",
            "Continue prompts: {\"id\", \"parts\", \"max_tokens\"} a line in, {\"id\", \"text\"} a line out, in order. Greedy unless a line asks otherwise; see docs/evaluation.md.");
        settings.AddTo(command);
        lines.AddTo(command);
        command.SetAction(async (result, cancellationToken) =>
        {
            var reader = new GenerateRequestReader(lines.Limits, lines.Pictures(result));
            await using var input = lines.OpenInput(result);
            using var model = settings.Load(result);
            await using var output = lines.OpenOutput(result);
            using var sink = new JsonLineSink<GeneratedText>(output, GenerateJob.Write);
            var run = new LineRun<GenerateRequest, PreparedGeneration, GeneratedText>(
                new GenerateJob(model, reader), sink, lines.Limits, settings.Threads(result), lines.KeepGoing(result));
            return LineOptions.Finish(await run.RunAsync(input, cancellationToken));
        });
        return command;
    }
}
