using System.CommandLine;
using UnifiedVlm.Model;
using UnifiedVlm.Model.Encoding;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Server.Cli;

/// <summary>The settings of every command that runs a checkpoint.</summary>
/// <param name="device">Null: a single device.</param>
internal sealed class ModelSettings(Option<string>? device = null)
{
    private readonly Option<string> folder = Setting.Path("--model", "UVLM_MODEL", Defaults.ModelDirectory, "Folder of the checkpoint");

    private readonly Option<int> seed = Setting.Number("--seed", "UVLM_SEED", 1, "Initialises the weights where the checkpoint has none");

    private readonly Option<string> device = device ?? DeviceChoice.CreateOption();

    private readonly Option<string> dtype = Setting.Text("--dtype", "UVLM_DTYPE", "auto", "Type of the weights: float32, bfloat16, or auto, bfloat16 on a GPU and float32 on a CPU");

    private readonly Option<int> threads = Setting.Number("--threads", "UVLM_THREADS", Environment.ProcessorCount,
        "Threads of the matrix kernels, and of the preparing stage", minimum: 1);

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { folder, seed, device, dtype, threads })
            command.Options.Add(option);
    }

    public string Folder(ParseResult result) => Path.GetFullPath(result.GetValue(folder)!);

    public int Seed(ParseResult result) => result.GetValue(seed);

    public string Device(ParseResult result) => DeviceChoice.Of(result.GetValue(device)!);

    /// <summary>None: work is for the devices of other nodes.</summary>
    public IReadOnlyList<string> Devices(ParseResult result) => DeviceChoice.Several(result.GetValue(device)!);

    /// <summary>Null: as the device has it.</summary>
    public ScalarType? Type(ParseResult result) => result.GetValue(dtype) switch
    {
        "auto" => null,
        "float32" => ScalarType.Float32,
        "bfloat16" => ScalarType.BFloat16,
        var other => throw new UsageException($"--dtype: '{other}' is not a type of weights; use auto, float32 or bfloat16."),
    };

    public int Threads(ParseResult result) => result.GetValue(threads);

    /// <summary>Loads the checkpoint for work that has the whole machine. Weights from a seed are told of on standard error.</summary>
    public UnifiedModel Load(ParseResult result)
    {
        // Before the first tensor. Without it a tenth of the encoder's processor time goes into mapping and clearing the same pages anew.
        torch.memory.tune();
        torch.set_num_threads(Threads(result));
        var chosen = Device(result);
        var model = UnifiedModelLoader.Load(Folder(result), chosen, (ulong)Seed(result), EncoderOptions.For(torch.device(chosen), Threads(result)), type: Type(result));
        if (!model.IsTrained)
            Console.Error.WriteLine($"uvlm: {Folder(result)} has no weights; they come from seed {Seed(result)} and nothing was learned");
        return model;
    }
}
