using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using UnifiedVlm.Model.Adapters;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Model.Configuration;
using UnifiedVlm.Model.Encoding;

namespace UnifiedVlm.Model;

/// <summary>Names everything that the vectors depend on: equal fingerprints, comparable vectors.</summary>
internal static class ModelFingerprint
{
    /// <summary>Raised when the code lays documents out or reads states in another way.</summary>
    private const string Method = "uvlm-1";

    /// <summary>The base's name; with an adapter for encoding, <c>+NAME-HASH</c> after it, so that whoever reads two of them sees what differs.</summary>
    /// <param name="seed">Of the weights, when they came from one.</param>
    public static string Compute(string folder, PreparationSettings settings, ulong? seed)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, "method", System.Text.Encoding.UTF8.GetBytes(Method));
        Add(hash, PreparationSettings.FileName, (settings with { EncodingAdapter = null }).ToBytes());
        AddFile(hash, folder, ModelConfig.FileName);
        AddFile(hash, folder, UnifiedModelLoader.TokenizerFileName);
        AddFile(hash, folder, EmbeddingHead.FileName);
        if (seed is { } value)
            Add(hash, "seed", System.Text.Encoding.UTF8.GetBytes(value.ToString(CultureInfo.InvariantCulture)));
        foreach (var file in WeightFiles.List(folder))
            AddFile(hash, folder, file);
        var model = $"{Method}-{Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16))}";
        return settings.EncodingAdapter is { } adapter ? $"{model}+{adapter}-{Adapter(Path.Combine(folder, AdapterLibrary.FolderName, adapter))}" : model;
    }

    private static string Adapter(string folder)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        AddFile(hash, folder, LoraConfig.FileName);
        AddFile(hash, folder, LoraAdapter.FileName);
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }

    private static void AddFile(IncrementalHash hash, string folder, string name)
    {
        var path = Path.Combine(folder, name);
        if (!File.Exists(path))
            return;
        using var stream = File.OpenRead(path);
        Add(hash, name, SHA256.HashData(stream));
    }

    /// <summary>Each field with its name and length, so that no two lists of fields give the same bytes.</summary>
    private static void Add(IncrementalHash hash, string name, ReadOnlySpan<byte> value)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, value.Length);
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes(name));
        hash.AppendData([0]);
        hash.AppendData(length);
        hash.AppendData(value);
    }
}
