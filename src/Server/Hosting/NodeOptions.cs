using UnifiedVlm.Documents;
using UnifiedVlm.Torch;

namespace UnifiedVlm.Server.Hosting;

/// <summary>Everything a node can be told. Filled from the command line and the environment by <see cref="Cli.NodeSettings"/>.</summary>
internal sealed record NodeOptions
{
    /// <summary>Npgsql connection string; empty starts a private PostgreSQL below <see cref="DataDirectory"/>.</summary>
    public required string Database { get; init; }

    public required string DataDirectory { get; init; }

    public required string ModelDirectory { get; init; }

    /// <summary>What the model is called: its folder's name.</summary>
    public string ModelName => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(ModelDirectory)));

    /// <summary>Initialises weights where the model directory has none.</summary>
    public required int Seed { get; init; }

    /// <summary>Such as <c>cpu</c> or <c>cuda:0</c>, with an actor each; none: work is sent to nodes that have some.</summary>
    public required IReadOnlyList<string> Devices { get; init; }

    /// <summary>Of the model's weights; null: bfloat16 on a GPU, float32 on a CPU.</summary>
    public ScalarType? WeightType { get; init; }

    /// <summary>Threads of the device actor's matrix kernels and, as many again, of the preparing stage.</summary>
    public required int Threads { get; init; }

    /// <summary>Tokens of one encoder batch.</summary>
    public required int BatchTokens { get; init; }

    /// <summary>Bytes of decoded pictures between the preparing stage and the device.</summary>
    public required long PixelBudget { get; init; }

    /// <summary>Bytes of the KV cache of the texts under way; a context of the model is always given.</summary>
    public required long CacheBytes { get; init; }

    /// <summary>Bytes of resident memory that the process may ever have; 0 sets no limit.</summary>
    public long MemoryLimit { get; init; }

    /// <summary>How long a search should take that says nothing of it; null: it looks at as much as it always does.</summary>
    public TimeSpan? SearchBudget { get; init; }

    public DocumentLimits Limits { get; init; } = DocumentLimits.Default;
}
