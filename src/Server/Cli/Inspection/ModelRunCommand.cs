using System.CommandLine;
using UnifiedVlm.Model.Network;

namespace UnifiedVlm.Server.Cli.Inspection;

/// <summary><c>uvlm model run</c>: every stage of a checkpoint over given tensors.</summary>
internal static class ModelRunCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("model") { Description = "Folder with config.json and model.safetensors" }.NotEmpty();
        var inputs = new Option<string>("--inputs") { Description = "safetensors with input_ids [B,T] and, where there are pictures, pixel_values [N,3,S,S]", Required = true }.NotEmpty();
        var outputs = new Option<string>("--outputs") { Description = "safetensors to write: vit, projected, input_embeddings, hidden, logits and greedy", Required = true }.NotEmpty();
        var greedy = new Option<int>("--greedy") { Description = "Tokens to continue row 0 by [default: 0]" };
        var imageToken = new Option<int?>("--image-token") { Description = "Id of the image placeholder [default: from tokenizer.json, or the added id that fits]" };
        var command = new Command("run", "Run a checkpoint over tensors and write what every stage computed.") { folder, inputs, outputs, greedy, imageToken };
        command.SetAction(result =>
        {
            if (result.GetValue(greedy) < 0)
                throw new UsageException("--greedy must not be negative.");
            TensorRun.Run(result.GetValue(folder)!, result.GetValue(inputs)!, result.GetValue(outputs)!, result.GetValue(greedy), result.GetValue(imageToken));
            return 0;
        });
        return command;
    }
}
