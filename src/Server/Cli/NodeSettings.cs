using System.CommandLine;
using UnifiedVlm.Server.Hosting;

namespace UnifiedVlm.Server.Cli;

/// <summary>The settings that every command which opens the store or the model shares.</summary>
internal sealed class NodeSettings
{
    private const string DatabaseVariable = "UVLM_DATABASE";

    private readonly Option<string> database = CreateDatabase();

    private readonly Option<string> data = CreateData();

    private readonly ModelSettings model = new(DeviceChoice.CreateOptionOfSeveral());

    private readonly Option<int> batchTokens = Setting.Number("--batch-tokens", "UVLM_BATCH_TOKENS", 4096, "Tokens of one encoder batch", minimum: 64);

    private readonly Option<int> pixelBudget = Setting.Number("--pixel-budget-mb", "UVLM_PIXEL_BUDGET_MB", 256,
        "Megabytes of decoded pictures held at once; when full, partitions pause", minimum: 16);

    private readonly Option<int> cache = Setting.Number("--kv-cache-mb", "UVLM_KV_CACHE_MB", 256,
        "Megabytes of keys and values of the answers under way; when full, answers wait. A context of the model always fits; with --memory-mb it is a sixteenth of that at most", minimum: 1);

    private readonly Option<int> memory = Setting.Number("--memory-mb", "UVLM_MEMORY_MB", 0,
        "Megabytes of resident memory that the process may ever have: budgets and the largest document follow from it; 0 sets no limit");

    public static Option<string> CreateDatabase() => Secret.Text("--database", DatabaseVariable,
        "Npgsql connection string of a PostgreSQL with pgvector, without it a private PostgreSQL is started below --data");

    /// <returns>Empty: the private PostgreSQL.</returns>
    public static string ReadDatabase(ParseResult result, Option<string> database) => Secret.ConnectionString(result, database, DatabaseVariable);

    public static Option<string> CreateData() => Setting.Path("--data", "UVLM_DATA", Defaults.DataDirectory, "Folder of the private PostgreSQL and of logs");

    public void AddTo(Command command)
    {
        command.Options.Add(database);
        command.Options.Add(data);
        model.AddTo(command);
        command.Options.Add(batchTokens);
        command.Options.Add(pixelBudget);
        command.Options.Add(cache);
        command.Options.Add(memory);
    }

    public NodeOptions Read(ParseResult result) => new()
    {
        Database = ReadDatabase(result, database),
        DataDirectory = Path.GetFullPath(result.GetValue(data)!),
        ModelDirectory = model.Folder(result),
        Seed = model.Seed(result),
        Devices = model.Devices(result),
        WeightType = model.Type(result),
        Threads = model.Threads(result),
        BatchTokens = result.GetValue(batchTokens),
        CacheBytes = (long)result.GetValue(cache) << 20,
        MemoryLimit = (long)result.GetValue(memory) << 20,
        PixelBudget = (long)result.GetValue(pixelBudget) << 20,
    };
}
