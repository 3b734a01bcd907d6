using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Network;
using UnifiedVlm.Model.Preparation;
using UnifiedVlm.Torch;
using UnifiedVlm.Torch.Modules;
using static UnifiedVlm.Torch.torch;

namespace UnifiedVlm.Model.Encoding;

/// <summary>
/// <c>embedding.safetensors</c>: the MLP that turns decoder states into vectors to compare (Sugar, arXiv 2411.00304), and the soft prompts that
/// ask for a summary (VladVA, arXiv 2412.04378). Each of the two may be missing: states are then compared as they are, words ask instead.
/// </summary>
/// <remarks>
/// Tensors: <c>head.fc1.weight</c> [M,d], <c>head.fc1.bias</c> [M], <c>head.fc2.weight</c> [D,M], <c>head.fc2.bias</c> [D], all or none;
/// <c>soft_prompt.image</c>, <c>soft_prompt.text</c>, <c>soft_prompt.interleaved</c> [n,d], each optional.
/// </remarks>
public sealed class EmbeddingHead : nn.Module<Tensor, Tensor>
{
    public const string FileName = "embedding.safetensors";

    /// <summary>Wider vectors do not fit the index.</summary>
    public const int MaxDimension = 512;

    private const int MaxSoftPrompt = 256;
    private const string HeadPrefix = "head.";

    private readonly Dictionary<InputModality, Parameter> softPrompts = [];
    private readonly Linear? fc1;
    private readonly Linear? fc2;

    /// <param name="hiddenDim">d, the decoder's width.</param>
    /// <param name="head">M and D; null for none.</param>
    /// <param name="softPromptLengths">n of each modality that has a soft prompt.</param>
    public EmbeddingHead(int hiddenDim, (int Inner, int Dimension)? head = null, IReadOnlyDictionary<InputModality, int>? softPromptLengths = null)
    {
        Dimension = head?.Dimension ?? hiddenDim;
        if (head is var (inner, dimension))
        {
            var mlp = register_module("head", new HeadLayers(hiddenDim, inner, dimension));
            (fc1, fc2) = (mlp.First, mlp.Second);
        }

        var prompts = register_module("soft_prompt", new PromptTable());
        foreach (var (modality, length) in softPromptLengths ?? new Dictionary<InputModality, int>())
            softPrompts.Add(modality, prompts.register_parameter(NameOf(modality), nn.Parameter(zeros(length, hiddenDim))));
    }

    /// <summary>D, the width of the vectors.</summary>
    public int Dimension { get; }

    /// <summary>M and D of the MLP; null without one.</summary>
    public (int Inner, int Dimension)? Layers => fc1 is null ? null : ((int)fc1.out_features, Dimension);

    /// <summary>Vectors of each soft prompt.</summary>
    public IReadOnlyDictionary<InputModality, int> SoftPromptLengths => softPrompts.ToDictionary(static p => p.Key, static p => (int)p.Value.size(0));

    /// <returns>[n,d]; null where words ask instead.</returns>
    public Tensor? SoftPrompt(InputModality modality) => softPrompts.GetValueOrDefault(modality);

    /// <summary>States [n,d] -> unit vectors [n,D].</summary>
    public override Tensor forward(Tensor states)
    {
        if (fc1 is not null && fc2 is not null)
            states = fc2.forward(nn.functional.gelu(fc1.forward(states)));
        return nn.functional.normalize(states, dim: 1);
    }

    /// <summary>Reads a model folder's file; a folder without it gets neither head nor soft prompts.</summary>
    /// <exception cref="CheckpointException">The file is damaged or does not fit the model; names the tensor.</exception>
    public static EmbeddingHead Load(string folder, ModelConfig config)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return new EmbeddingHead(config.LmHiddenDim);
        using var file = SafetensorsFile.Open(path);
        var head = new EmbeddingHead(config.LmHiddenDim, HeadShape(file, config), PromptLengths(file, config));
        try
        {
            head.Fill(file);
            return head;
        }
        catch
        {
            head.Dispose();
            throw;
        }
    }

    /// <summary>Writes the file, atomically. Of neither head nor soft prompts there is none: one that is there goes.</summary>
    /// <param name="type">Of the stored numbers; as they are in memory unless given.</param>
    public void Save(string folder, ScalarType? type = null)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, FileName);
        SafetensorsTensor[] tensors = [.. named_parameters().Select(p => TensorFiles.ToFile(p.name, p.parameter, type))];
        if (tensors.Length == 0)
            File.Delete(path);
        else
            SafetensorsWriter.Write(path, tensors, new Dictionary<string, string> { ["format"] = "uvlm.embedding.1" });
    }

    private static (int, int)? HeadShape(SafetensorsFile file, ModelConfig config)
    {
        if (!file.Entries.Keys.Any(static name => name.StartsWith(HeadPrefix, StringComparison.Ordinal)))
            return null;
        var first = Matrix(file, "head.fc1.weight");
        var second = Matrix(file, "head.fc2.weight");
        if (first.Shape[1] != config.LmHiddenDim)
            throw new CheckpointException(file.Path, first.Name, $"is {first}, but lm_hidden_dim is {config.LmHiddenDim}");
        if (second.Shape[0] > MaxDimension)
            throw new CheckpointException(file.Path, second.Name, $"makes vectors of {second.Shape[0]} values; at most {MaxDimension} are indexed");
        return ((int)first.Shape[0], (int)second.Shape[0]);
    }

    private static Dictionary<InputModality, int> PromptLengths(SafetensorsFile file, ModelConfig config)
    {
        var lengths = new Dictionary<InputModality, int>();
        foreach (var modality in Enum.GetValues<InputModality>())
        {
            var name = $"soft_prompt.{NameOf(modality)}";
            if (!file.Entries.ContainsKey(name))
                continue;
            var entry = Matrix(file, name);
            if (entry.Shape[1] != config.LmHiddenDim || entry.Shape[0] > MaxSoftPrompt)
                throw new CheckpointException(file.Path, name, $"is {entry}; must be [1 to {MaxSoftPrompt}, {config.LmHiddenDim}]");
            lengths.Add(modality, (int)entry.Shape[0]);
        }

        return lengths;
    }

    private static TensorEntry Matrix(SafetensorsFile file, string name)
    {
        var entry = file.Entry(name);
        return entry.Shape is [> 0, > 0] && entry.Shape.Max() <= int.MaxValue ? entry : throw new CheckpointException(file.Path, name, $"is {entry}; must be a matrix");
    }

    private static string NameOf(InputModality modality) => modality switch
    {
        InputModality.Image => "image",
        InputModality.Text => "text",
        _ => "interleaved",
    };

    private void Fill(SafetensorsFile file)
    {
        using var noGradients = no_grad();
        var unused = file.Entries.Keys.ToHashSet(StringComparer.Ordinal);
        foreach (var (name, target) in named_parameters())
        {
            TensorFiles.CopyTo(file, name, target);
            unused.Remove(name);
        }

        if (unused.Order(StringComparer.Ordinal).FirstOrDefault() is { } unknown)
            throw new CheckpointException(file.Path, unknown, $"{file.Entries[unknown]} has no place in an embedding head");
    }

    private sealed class HeadLayers : nn.Module
    {
        public HeadLayers(int hiddenDim, int inner, int dimension)
        {
            First = register_module("fc1", nn.Linear(hiddenDim, inner));
            Second = register_module("fc2", nn.Linear(inner, dimension));
        }

        public Linear First { get; }

        public Linear Second { get; }
    }

    private sealed class PromptTable : nn.Module;
}
