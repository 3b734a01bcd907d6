using System.Text.Json;

namespace UnifiedVlm.Model.Checkpoints;

/// <summary>The checked header of a safetensors file: eight bytes of length, then JSON, then the tensors' bytes without gaps.</summary>
internal sealed class SafetensorsHeader
{
    /// <summary>The format's own limit; it bounds what a hostile length can make us read.</summary>
    public const long MaxHeaderLength = 100_000_000;

    private const string MetadataName = "__metadata__";

    private readonly string path;
    private readonly long dataStart;
    private readonly long dataLength;
    private readonly Dictionary<string, TensorEntry> entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);

    private SafetensorsHeader(string path, long dataStart, long dataLength)
    {
        this.path = path;
        this.dataStart = dataStart;
        this.dataLength = dataLength;
    }

    public IReadOnlyDictionary<string, TensorEntry> Entries => entries;

    public IReadOnlyDictionary<string, string> Metadata => metadata;

    public static long CheckLength(string path, ulong headerLength, long fileLength)
    {
        if (headerLength > MaxHeaderLength)
            throw new CheckpointException(path, null, $"the header claims {headerLength} bytes, the format allows {MaxHeaderLength}");
        if ((long)headerLength > fileLength - sizeof(ulong))
            throw new CheckpointException(path, null, $"the header claims {headerLength} bytes, the file has {fileLength}: it is truncated or no safetensors file");
        return (long)headerLength;
    }

    /// <exception cref="CheckpointException">The header is malformed or does not fit the file.</exception>
    public static SafetensorsHeader Parse(string path, ReadOnlySpan<byte> json, long fileLength)
    {
        var dataStart = sizeof(ulong) + json.Length;
        var header = new SafetensorsHeader(path, dataStart, fileLength - dataStart);
        try
        {
            header.Read(json);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new CheckpointException(path, null, $"the header is not valid JSON: {e.Message}", e);
        }

        header.CheckLayout();
        return header;
    }

    private void Read(ReadOnlySpan<byte> json)
    {
        // A reader of our own instead of a JsonDocument: that one hides duplicate names.
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
        Expect(ref reader, JsonTokenType.StartObject, null, "the header must be a JSON object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (name == MetadataName)
                ReadMetadata(ref reader);
            else if (!entries.TryAdd(name, ReadEntry(ref reader, name)))
                throw new CheckpointException(path, name, "the name occurs twice in the header");
        }

        // Padding after the object is allowed to be white space only; Read throws on anything else.
        reader.Read();
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject, MetadataName, "must be an object of strings");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            Expect(ref reader, JsonTokenType.String, MetadataName, $"'{key}' must be a string");
            metadata[key] = reader.GetString()!;
        }
    }

    private TensorEntry ReadEntry(ref Utf8JsonReader reader, string name)
    {
        string? type = null;
        long[]? shape = null, offsets = null;
        Expect(ref reader, JsonTokenType.StartObject, name, "must be described by an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            switch (key)
            {
                case "dtype" when type is null:
                    Expect(ref reader, JsonTokenType.String, name, "'dtype' must be a string");
                    type = reader.GetString()!;
                    break;
                case "shape" when shape is null:
                    shape = ReadIntegers(ref reader, name, key);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadIntegers(ref reader, name, key);
                    break;
                default:
                    throw new CheckpointException(path, name, $"unexpected or repeated key '{key}' in the header");
            }
        }

        return MakeEntry(name, type, shape, offsets);
    }

    private TensorEntry MakeEntry(string name, string? typeName, long[]? shape, long[]? offsets)
    {
        if (typeName is null || shape is null || offsets is null)
            throw new CheckpointException(path, name, "'dtype', 'shape' and 'data_offsets' are all needed");
        if (!TensorTypes.TryParse(typeName, out var type))
            throw new CheckpointException(path, name, $"dtype {typeName} is not supported; supported are {string.Join(", ", Enum.GetNames<TensorType>())}");
        if (offsets.Length != 2 || offsets[0] < 0 || offsets[1] < offsets[0])
            throw new CheckpointException(path, name, $"'data_offsets' must be [begin, end] with 0 <= begin <= end, not [{string.Join(", ", offsets)}]");
        if (offsets[1] > dataLength)
            throw new CheckpointException(path, name, $"its data ends at byte {offsets[1]} of {dataLength}: the file is truncated");
        if (TensorTypes.CountOf(shape, type) is not { } count)
            throw new CheckpointException(path, name, $"impossible shape [{string.Join(", ", shape)}]");
        var length = offsets[1] - offsets[0];
        if (count * TensorTypes.SizeOf(type) != length)
            throw new CheckpointException(path, name, $"{type} [{string.Join(", ", shape)}] needs {count * TensorTypes.SizeOf(type)} bytes, its offsets give {length}");
        return new TensorEntry(name, type, shape, dataStart + offsets[0], length);
    }

    private long[] ReadIntegers(ref Utf8JsonReader reader, string name, string key)
    {
        Expect(ref reader, JsonTokenType.StartArray, name, $"'{key}' must be an array of integers");
        var values = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var value))
                throw new CheckpointException(path, name, $"'{key}' must be an array of integers");
            values.Add(value);
        }

        return [.. values];
    }

    /// <summary>The format demands that the tensors cover the data exactly: an overlap or a gap means a damaged or crafted file.</summary>
    private void CheckLayout()
    {
        var end = dataStart;
        foreach (var entry in entries.Values.OrderBy(static e => e.Offset).ThenBy(static e => e.Length))
        {
            if (entry.Offset < end)
                throw new CheckpointException(path, entry.Name, "its data overlaps another tensor's");
            if (entry.Offset > end)
                throw new CheckpointException(path, entry.Name, $"{entry.Offset - end} bytes before its data belong to no tensor");
            end = entry.Offset + entry.Length;
        }

        if (end != dataStart + dataLength)
            throw new CheckpointException(path, null, $"{dataStart + dataLength - end} bytes at the end belong to no tensor");
    }

    private void Expect(ref Utf8JsonReader reader, JsonTokenType type, string? tensor, string problem)
    {
        if (!reader.Read() || reader.TokenType != type)
            throw new CheckpointException(path, tensor, problem);
    }
}
