using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Model.Decoder;
using UnifiedVlm.Model.Tokenizers;
using UnifiedVlm.Torch;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Network;

/// <summary>
/// A checkpoint run over given tensors, every stage written out: for comparing it with another implementation. Positions beyond the model's
/// are rescaled over the whole call, as nanoVLM's public code does.
/// </summary>
public static class TensorRun
{
    /// <param name="folder">config.json and model.safetensors.</param>
    /// <param name="inputs">safetensors with input_ids [B,T] and, where there are pictures, pixel_values [N,3,S,S] in reading order.</param>
    /// <param name="outputs">Written: input_embeddings, hidden [B,T,d], logits [B,T,V]; with pictures vit [N,P,C] and projected [N,I,d]; greedy [1,n] if asked for.</param>
    /// <param name="greedy">Tokens to continue row 0 by.</param>
    /// <param name="imageToken">The placeholder's id; null takes it from tokenizer.json or, without one, from the ids themselves.</param>
    /// <exception cref="CheckpointException">A tensor is missing or does not fit; names it.</exception>
    public static void Run(string folder, string inputs, string outputs, int greedy = 0, int? imageToken = null)
    {
        using var model = ModelCheckpoint.Load(folder);
        using var file = SafetensorsFile.Open(inputs);
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        var ids = ReadIds(file, model.Config.LmVocabSize);
        var (batch, length) = ((int)ids.size(0), (int)ids.size(1));
        var tokens = Array.ConvertAll(ids.data<long>().ToArray(), static id => (int)id);
        var results = new Dictionary<string, Tensor>();

        Tensor? projected = null;
        var placeholder = -1;
        if (file.Entries.ContainsKey("pixel_values") && ReadPixels(file, model.Config.VitImageSize) is { } pixels)
        {
            placeholder = imageToken ?? FindPlaceholder(folder, file, model, tokens, (int)pixels.size(0));
            CheckPlaceholders(file, model, tokens, placeholder, (int)pixels.size(0));
            results["vit"] = model.EncodePictures(pixels);
            results["projected"] = projected = model.Project(results["vit"]);
        }

        // [B*T,d]: rows one after another
        var embedded = model.Embed(tokens, projected, placeholder);
        var lengths = Enumerable.Repeat(length, batch).ToArray();
        var hidden = model.Hidden(embedded, SequenceLayout.Of(lengths), limit: PositionLimit.RescaleCall);
        results["input_embeddings"] = embedded.view(batch, length, -1);
        results["hidden"] = hidden.view(batch, length, -1);
        results["logits"] = model.Logits(hidden).view(batch, length, -1);
        if (greedy > 0)
        {
            var continued = GreedyContinuation.Run(model, embedded.narrow(0, 0, length), greedy, limit: PositionLimit.RescaleCall);
            results["greedy"] = tensor(Array.ConvertAll(continued, static id => (long)id)).view(1, greedy);
        }

        SafetensorsWriter.Write(outputs, [.. results.Select(static result => TensorFiles.ToFile(result.Key, result.Value.contiguous()))]);
    }

    private static Tensor ReadIds(SafetensorsFile file, int vocabulary)
    {
        var ids = TensorFiles.Read(file, "input_ids");
        if (ids.shape.Length != 2 || ids.numel() == 0 || ids.dtype is not (ScalarType.Int64 or ScalarType.Int32))
            throw new CheckpointException(file.Path, "input_ids", $"is {file.Entry("input_ids")}; it must be I64 or I32 of shape [B,T]");
        ids = ids.to(ScalarType.Int64);
        foreach (var id in ids.data<long>().ToArray())
        {
            if (id < 0 || id >= vocabulary)
                throw new CheckpointException(file.Path, "input_ids", $"holds {id}; the ids of this model run from 0 to {vocabulary - 1}");
        }

        return ids;
    }

    /// <returns>Null where they are of no pictures.</returns>
    private static Tensor? ReadPixels(SafetensorsFile file, int side)
    {
        var entry = file.Entry("pixel_values");
        if (entry.Shape is not [var pictures, 3, var height, var width] || height != side || width != side || entry.Type is not (TensorType.F32 or TensorType.BF16 or TensorType.F16))
            throw new CheckpointException(file.Path, "pixel_values", $"is {entry}; it must be floating point of shape [N,3,{side},{side}]");
        return pictures == 0 ? null : TensorFiles.Read(file, "pixel_values").to(ScalarType.Float32);
    }

    private static void CheckPlaceholders(SafetensorsFile file, VisionLanguageModel model, int[] tokens, int placeholder, int pictures)
    {
        var (found, wanted) = (tokens.Count(id => id == placeholder), pictures * model.Config.ImageTokens);
        if (found != wanted)
        {
            throw new CheckpointException(
                file.Path, "input_ids", $"holds the placeholder {placeholder} {found} times, and the {pictures} picture(s) of pixel_values take {wanted}; send as many, or name another with --image-token");
        }
    }

    private static int FindPlaceholder(string folder, SafetensorsFile file, VisionLanguageModel model, int[] tokens, int pictures)
    {
        var path = Path.Combine(folder, UnifiedModelLoader.TokenizerFileName);
        if (File.Exists(path) && (model.Config.ExtraTokens ?? new Dictionary<string, string>()).TryGetValue("image_token", out var name) && Tokenizer.Load(path).Find(name) is { } known)
            return known;
        // Without a tokenizer the placeholder is the one added id that stands as often as the pictures have tokens.
        var wanted = pictures * model.Config.ImageTokens;
        var fitting = tokens.GroupBy(static id => id).Where(group => group.Key >= (model.Config.LmBaseVocabSize ?? 0) && group.Count() == wanted).ToList();
        return fitting.Count == 1
            ? fitting[0].Key
            : throw new CheckpointException(file.Path, "input_ids", $"no added id stands {wanted} times for {pictures} picture(s); name the placeholder with --image-token");
    }
}
