using System.Text.Json;

namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary>One object of a set's file. Fields that are not asked for may be anything.</summary>
/// <param name="Place">Of the item in the file, for messages.</param>
internal readonly record struct JsonItem(string File, string Place, JsonElement Element)
{
    /// <summary>A string that is not blank.</summary>
    /// <exception cref="SetFormatException">It is missing or something else.</exception>
    public string Text(string field) => OptionalText(field) ?? throw Wrong(field, "is missing");

    /// <returns>Null when the field is missing or null.</returns>
    /// <exception cref="SetFormatException">It is something else than a string, or blank.</exception>
    public string? OptionalText(string field)
    {
        if (!TryGet(field, out var value))
            return null;
        return value.ValueKind == JsonValueKind.String && Unicode(field, value) is var text && !string.IsNullOrWhiteSpace(text)
            ? text
            : throw Wrong(field, $"is {Describe(value)}; it must be a string that is not blank");
    }

    /// <summary>A string that may be left blank.</summary>
    /// <returns>Null when the field is missing, null or blank.</returns>
    /// <exception cref="SetFormatException">It is something else than a string.</exception>
    public string? NonBlank(string field) =>
        TryGet(field, out var value) && value.ValueKind == JsonValueKind.String && string.IsNullOrWhiteSpace(Unicode(field, value)) ? null : OptionalText(field);

    /// <summary>A string or a whole number, as a string: what datasets use for ids.</summary>
    /// <exception cref="SetFormatException">It is missing or something else.</exception>
    public string Id(string field) => OptionalId(field) ?? throw Wrong(field, "is missing");

    /// <returns>Null when the field is missing or null.</returns>
    /// <exception cref="SetFormatException">It is neither a string nor a whole number.</exception>
    public string? OptionalId(string field) =>
        TryGet(field, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _) ? value.GetRawText() : OptionalText(field);

    /// <summary>A whole number, which some files write as a string.</summary>
    /// <exception cref="SetFormatException">It is missing or something else.</exception>
    public int Whole(string field) => int.TryParse(Id(field), out var number) ? number : throw Wrong(field, "is no whole number");

    /// <summary>Any number.</summary>
    /// <exception cref="SetFormatException">It is missing or something else.</exception>
    public double Number(string field)
    {
        if (!TryGet(field, out var value))
            throw Wrong(field, "is missing");
        return value.ValueKind == JsonValueKind.Number ? value.GetDouble() : throw Wrong(field, $"is {Describe(value)}; it must be a number");
    }

    /// <returns>Null when the field is missing or null.</returns>
    /// <exception cref="SetFormatException">It is no boolean.</exception>
    public bool? OptionalFlag(string field)
    {
        if (!TryGet(field, out var value))
            return null;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(field, $"is {Describe(value)}; it must be true or false");
    }

    /// <summary>The entries of an array.</summary>
    /// <exception cref="SetFormatException">It is missing or no array.</exception>
    public IEnumerable<JsonElement> List(string field)
    {
        if (!TryGet(field, out var value))
            throw Wrong(field, "is missing");
        return value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : throw Wrong(field, $"is {Describe(value)}; it must be an array");
    }

    /// <summary>The entries of an array of objects, each with its place in the file.</summary>
    /// <exception cref="SetFormatException">It is missing, no array, or holds something else than objects.</exception>
    public IEnumerable<JsonItem> Items(string field)
    {
        var (file, place) = (File, Place);
        var prefix = place.Length == 0 ? field : $"{place}.{field}";
        return List(field).Select((entry, i) => Of(file, $"{prefix}[{i}]", entry));
    }

    public bool Has(string field) => TryGet(field, out _);

    public SetFormatException Wrong(string field, string problem, Exception? inner = null) =>
        Place.Length == 0 ? new(File, $"{field} {problem}", inner) : new(File, Place, field, problem, inner);

    /// <exception cref="SetFormatException">It is no object.</exception>
    public static JsonItem Of(string file, string place, JsonElement element) => element.ValueKind == JsonValueKind.Object
        ? new JsonItem(file, place, element)
        : throw new SetFormatException(file, $"{place}{(place.Length > 0 ? ": " : "")}is {Describe(element)}; it must be an object");

    private bool TryGet(string field, out JsonElement value)
    {
        try
        {
            return Element.TryGetProperty(field, out value) && value.ValueKind != JsonValueKind.Null;
        }
        catch (InvalidOperationException error)
        {
            throw Wrong(field, "can't be looked for: the name of a field beside it is no valid Unicode", error);
        }
    }

    /// <summary>A string's text.</summary>
    /// <exception cref="SetFormatException">It has half of a surrogate pair, which is no text.</exception>
    public string Unicode(string field, JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw Wrong(field, "is no valid Unicode", error);
        }
    }

    private static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "a boolean",
    };
}
