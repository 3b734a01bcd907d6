using UnifiedVlm.Model;
using UnifiedVlm.Model.Adapters;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Training.Recipes;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Training.Loop;

/// <summary>Writes a model folder that everything else can load.</summary>
internal static class TrainedModel
{
    /// <summary>The name of an adapter that was trained for encoding alone.</summary>
    private const string EncodingAdapterName = "encoding";

    /// <summary>
    /// Writes config, tokenizer, preparation and weights, those of an adapter merged in, or beside them where it is for encoding alone; the tokenizer is
    /// copied as it is.
    /// </summary>
    public static void Write(Learner learner, string folder, WeightFormat format)
    {
        var type = format == WeightFormat.Bfloat16 ? bfloat16 : float32;
        Directory.CreateDirectory(folder);
        AtomicFile.Write(Path.Combine(folder, UnifiedModelLoader.TokenizerFileName), stream => stream.Write(learner.TokenizerFile));
        var adapter = learner.EncodingAdapter;
        adapter?.Save(Path.Combine(folder, AdapterLibrary.FolderName, EncodingAdapterName));
        (learner.Model.Settings with { EncodingAdapter = adapter is null ? null : EncodingAdapterName }).Save(folder);
        learner.WhileMerged(() => ModelCheckpoint.Save(learner.Model.Network, folder, type));
        learner.Model.Head.Save(folder, type);
    }
}
