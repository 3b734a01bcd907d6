using System.CommandLine;
using System.Globalization;
using UnifiedVlm.Training.Data;
using UnifiedVlm.Training.Loop;
using UnifiedVlm.Training.Recipes;

namespace UnifiedVlm.Server.Cli;

/// <summary><c>uvlm data parts</c>: what another program is to embed, so that its vectors are a teacher of a training.</summary>
internal static class DataPartsCommand
{
    public static Command Create()
    {
        var recipe = TrainCommand.RecipeOption();
        var data = TrainCommand.DataOption();
        var overrides = TrainCommand.OverridesOption();
        var output = new Option<string>("--out") { Description = "Folder to make, with parts.jsonl and pictures", Required = true }.NotEmpty();
        var command = new Command("parts", "Write the texts and pictures that a training asks its teachers for, each once with its key, for another program to embed.") { recipe, data, output, overrides };
        command.SetAction((result, cancellationToken) => Task.FromResult(Run(
            RecipeFile.Load(result.GetValue(recipe)!, result.GetValue(overrides)!), result.GetValue(data)!, result.GetValue(output)!, cancellationToken)));
        return command;
    }

    private static int Run(Recipe recipe, string data, string output, CancellationToken cancellationToken)
    {
        using var samples = TrainingData.Open(data);
        var line = new ProgressLine();
        line.Begin("parts");
        var (texts, pictures) = PartExport.Write(recipe, samples, output, (done, of) => line.Show("sequence", (int)done, (int)of), cancellationToken);
        line.Clear();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Path.Combine(output, PartExport.FileName)}: {texts} texts, {pictures} pictures"));
        return 0;
    }
}
