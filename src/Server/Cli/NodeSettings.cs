using System.CommandLine;
using UnifiedVlm.Server.Hosting;

namespace UnifiedVlm.Server.Cli;

/// <summary>The settings that every command which opens the store or the model shares.</summary>
internal sealed class NodeSettings
{
    private readonly Option<string> database = CreateDatabase();

    private readonly Option<string> data = CreateData();

    private readonly Option<string> model = Setting.Text("--model", "UVLM_MODEL", Defaults.ModelDirectory, "Folder of the checkpoint");

    private readonly Option<int> seed = Setting.Number("--seed", "UVLM_SEED", 1, "Initialises the weights where the checkpoint has none");

    private readonly Option<string> device = Setting.Text("--device", "UVLM_DEVICE", "cpu", "Where the model runs: cpu or cuda:N");

    private readonly Option<int> threads = Setting.Number("--threads", "UVLM_THREADS", Environment.ProcessorCount,
        "Threads of the matrix kernels, and of the preparing stage", minimum: 1);

    private readonly Option<int> batchTokens = Setting.Number("--batch-tokens", "UVLM_BATCH_TOKENS", 4096, "Tokens of one encoder batch, padding included", minimum: 64);

    private readonly Option<int> pixelBudget = Setting.Number("--pixel-budget-mb", "UVLM_PIXEL_BUDGET_MB", 256,
        "Megabytes of decoded pictures held at once; when full, partitions pause", minimum: 16);

    public static Option<string> CreateDatabase() => Setting.Text("--database", "UVLM_DATABASE", "",
        "Npgsql connection string of a PostgreSQL with pgvector; without it a private PostgreSQL is started below --data");

    public static Option<string> CreateData() => Setting.Text("--data", "UVLM_DATA", Defaults.DataDirectory, "Folder of the private PostgreSQL and of logs");

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { database, data, model, seed, device, threads, batchTokens, pixelBudget })
            command.Options.Add(option);
    }

    public NodeOptions Read(ParseResult result) => new()
    {
        Database = result.GetValue(database)!,
        DataDirectory = Path.GetFullPath(result.GetValue(data)!),
        ModelDirectory = Path.GetFullPath(result.GetValue(model)!),
        Seed = result.GetValue(seed),
        Device = result.GetValue(device)!,
        Threads = result.GetValue(threads),
        BatchTokens = result.GetValue(batchTokens),
        PixelBudget = (long)result.GetValue(pixelBudget) << 20,
    };
}
