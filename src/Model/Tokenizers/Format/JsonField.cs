using System.Text.Json;

namespace UnifiedVlm.Model.Tokenizers.Format;

/// <summary>A JSON value with its path, so that whatever is wrong with it can be named.</summary>
internal readonly struct JsonField(string path, JsonElement value)
{
    public string Path { get; } = path;

    public bool IsNull => value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    /// <summary>The <c>type</c> that tells the kinds of normalizers, pre-tokenizers, models and decoders apart.</summary>
    public string Type => this["type"].String();

    /// <summary>A member; of kind Undefined when absent.</summary>
    public JsonField this[string name]
    {
        get
        {
            var path = Path == "$" ? name : $"{Path}.{name}";
            if (value.ValueKind != JsonValueKind.Object)
                throw Wrong("an object");
            return new JsonField(path, value.TryGetProperty(name, out var member) ? member : default);
        }
    }

    public string String()
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong("a string");
        }
        catch (InvalidOperationException e)
        {
            throw new TokenizerFormatException(Path, "is no valid UTF-8 or holds half a surrogate pair", e);
        }
    }

    public bool Boolean() => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong("true or false"),
    };

    public bool Boolean(bool fallback) => IsNull ? fallback : Boolean();

    public int Integer() => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : throw Wrong("an integer");

    public double Number() => value.ValueKind == JsonValueKind.Number ? value.GetDouble() : throw Wrong("a number");

    /// <summary>The elements of an array; absent and null count as empty.</summary>
    public IEnumerable<JsonField> Elements()
    {
        if (IsNull)
            yield break;
        if (value.ValueKind != JsonValueKind.Array)
            throw Wrong("an array");
        var index = 0;
        foreach (var element in value.EnumerateArray())
            yield return new JsonField($"{Path}[{index++}]", element);
    }

    /// <summary>The members of an object whose names are data.</summary>
    public IEnumerable<(string Name, JsonField Value)> Members()
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw Wrong("an object");
        foreach (var member in value.EnumerateObject())
            yield return (NameOf(member), new JsonField($"{Path}['{NameOf(member)}']", member.Value));
    }

    public bool IsArray => value.ValueKind == JsonValueKind.Array;

    public TokenizerFormatException Unsupported(string what) => new(Path, $"{what} is not supported");

    private TokenizerFormatException Wrong(string expected) =>
        new(Path, value.ValueKind == JsonValueKind.Undefined ? $"is missing; expected {expected}" : $"expected {expected}, found {value.ValueKind}");

    private string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException e)
        {
            throw new TokenizerFormatException(Path, "a name is no valid UTF-8 or holds half a surrogate pair", e);
        }
    }
}
