using System.CommandLine;
using UnifiedVlm.Model.Network;

namespace UnifiedVlm.Server.Cli.Inspection;

/// <summary><c>uvlm model interpolate</c>: a part of what a training has changed.</summary>
internal static class ModelInterpolateCommand
{
    public static Command Create()
    {
        var start = new Option<string>("--start") { Description = "Folder of the model that the training began with", Required = true }.NotEmpty();
        var trained = new Option<string>("--trained") { Description = "Folder of the trained model; head, soft prompts and settings are taken from it", Required = true }.NotEmpty();
        var share = new Option<double>("--share") { Description = "Of the change that is kept, 0 to 1", DefaultValueFactory = static _ => 0.5 };
        var output = new Option<string>("--out") { Description = "Model folder to make", Required = true }.NotEmpty();
        var command = new Command("interpolate", "Keep a share of what a training has changed: what it made the model forget comes back, mostly for little of what it taught.") { start, trained, share, output };
        command.SetAction((result, cancellationToken) =>
        {
            var (kept, folder) = (result.GetValue(share), result.GetValue(output)!);
            if (!(kept >= 0 && kept <= 1))
                throw new UsageException("--share must be from 0 to 1.");
            if (Path.Exists(folder))
                throw new UsageException($"--out: '{folder}' is there already; name a folder that is not.");
            WeightInterpolation.Write(result.GetValue(start)!, result.GetValue(trained)!, kept, folder, cancellationToken);
            return Task.FromResult(0);
        });
        return command;
    }
}
