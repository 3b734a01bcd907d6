using UnifiedVlm.Model;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Tests.Unit.Model;

/// <summary>A folder with a very small model: the tokenizer of models/uvlm-tiny, a config of two narrow blocks, no weights.</summary>
public sealed class ModelFolder : IDisposable
{
    public ModelFolder(int context = 256, PreparationSettings? settings = null)
    {
        Folder = Directory.CreateTempSubdirectory("uvlm-model-").FullName;
        File.Copy(Path.Combine(UvlmTiny, "tokenizer.json"), Path.Combine(Folder, "tokenizer.json"));
        (ModelConfig.Load(UvlmTiny) with
        {
            VitHiddenDim = 32,
            VitInterDim = 64,
            VitPatchSize = 8,
            VitImageSize = 32,
            VitHeads = 2,
            VitBlocks = 2,
            LmHiddenDim = 32,
            LmInterDim = 64,
            LmHeads = 4,
            LmKeyValueHeads = 2,
            LmBlocks = 2,
            LmMaxPositions = context,
            DeclaredImageTokens = 4,
        }).Save(Folder);
        settings?.Save(Folder);
    }

    public static string Root { get; } = FindRoot();

    public static string UvlmTiny { get; } = Path.Combine(Root, "models", "uvlm-tiny");

    public string Folder { get; }

    /// <summary>In float32, where a GPU's own choice is bfloat16.</summary>
    public UnifiedModel Load(ulong seed = 1) => UnifiedModelLoader.Load(Folder, TestDevice.Name, seed, type: ScalarType.Float32);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "UnifiedVlm.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run below the repository's root.");
    }
}
