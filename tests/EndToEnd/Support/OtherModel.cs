namespace UnifiedVlm.Tests.EndToEnd.Support;

/// <summary>The shipped model's architecture and tokenizer with weights from a seed: another model, whose vectors compare to nothing of the first one's.</summary>
internal static class OtherModel
{
    private const string Seed = "7";

    public static string Shipped { get; } = Path.Combine(Uvlm.RepositoryRoot, "models", "uvlm-tiny");

    /// <summary>Makes its folder in the data folder.</summary>
    /// <returns>Arguments that name it.</returns>
    public static string[] Make(DataFolder data)
    {
        var folder = Directory.CreateDirectory(data.PathOf("other-model")).FullName;
        foreach (var file in Directory.EnumerateFiles(Shipped).Where(static f => !f.EndsWith(".safetensors", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        return ["--model", folder, "--seed", Seed];
    }
}
