using System.Text.Json;
using System.Text.Json.Nodes;

namespace UnifiedVlm.Documents.Json;

/// <summary>
/// Reads the free-form object. It is built eagerly and by hand, because a lazily parsed one would fail on duplicate keys later,
/// keep the whole message alive, and be unsafe to read from two threads.
/// </summary>
internal sealed class MetadataReader(string root, DocumentLimits limits)
{
    /// <summary>Any double written out without an exponent, as PostgreSQL's jsonb gives it back.</summary>
    private const int MaxNumberLength = 400;

    /// <summary>More digits from the first to the last that is not zero than any measured quantity has; PostgreSQL would keep up to 131,072 of them.</summary>
    private const int MaxSignificantDigits = 64;

    /// <summary>So many digits, leading zeros counted, <see cref="decimal"/> keeps in any case.</summary>
    private const int MaxDecimalDigits = 28;

    private readonly List<string> path = [];
    private long start;

    /// <summary>Reads the object that <paramref name="json"/> stands at the start of, up to its end.</summary>
    public JsonObject Read(ref Utf8JsonReader json)
    {
        start = json.TokenStartIndex;
        return Object(ref json);
    }

    private JsonObject Object(ref Utf8JsonReader json)
    {
        Bounded(in json);
        var result = new JsonObject();
        while (Next(ref json) != JsonTokenType.EndObject)
        {
            path.Add("." + JsonStrings.ShownName(in json));
            var key = JsonStrings.Read(in json, Field, limits.MaxMetadataBytes, "Shorten the name.");
            if (result.ContainsKey(key))
                throw new DocumentRejectedException(Field, "occurs twice", "Give every name once; use an array for several values.");
            Next(ref json);
            result.Add(key, Value(ref json));
            path.RemoveAt(path.Count - 1);
        }

        return result;
    }

    private JsonArray Array(ref Utf8JsonReader json)
    {
        Bounded(in json);
        var result = new JsonArray();
        while (Next(ref json) != JsonTokenType.EndArray)
        {
            path.Add($"[{result.Count}]");
            result.Add(Value(ref json));
            path.RemoveAt(path.Count - 1);
        }

        return result;
    }

    private JsonNode? Value(ref Utf8JsonReader json) => json.TokenType switch
    {
        JsonTokenType.StartObject => Object(ref json),
        JsonTokenType.StartArray => Array(ref json),
        JsonTokenType.String => JsonValue.Create(JsonStrings.Read(in json, Field, limits.MaxMetadataBytes, "Shorten the value.")),
        JsonTokenType.Number => Number(in json),
        JsonTokenType.True => JsonValue.Create(true),
        JsonTokenType.False => JsonValue.Create(false),
        _ => null,
    };

    private JsonValue Number(ref readonly Utf8JsonReader json)
    {
        if (json.TryGetInt64(out var whole))
            return JsonValue.Create(whole);
        var raw = json.ValueSpan;
        if (raw.Length > MaxNumberLength || SignificantDigits(raw) > MaxSignificantDigits || !json.TryGetDouble(out var real) || !double.IsFinite(real) || (real == 0 && HasMantissa(raw)))
            throw new DocumentRejectedException(Field, "is a number beyond double precision", "Write it as a string.");

        // A decimal keeps the digits as they were sent, and both are written so that reading them again gives the same.
        return Digits(raw) <= MaxDecimalDigits && !raw.ContainsAny((byte)'e', (byte)'E') && json.TryGetDecimal(out var exact)
            ? JsonValue.Create(exact)
            : JsonValue.Create(real);
    }

    private static int SignificantDigits(ReadOnlySpan<byte> number)
    {
        var mantissa = Mantissa(number);
        var first = mantissa.IndexOfAnyInRange((byte)'1', (byte)'9');
        return first < 0 ? 0 : Digits(mantissa[first..(mantissa.LastIndexOfAnyInRange((byte)'1', (byte)'9') + 1)]);
    }

    private static int Digits(ReadOnlySpan<byte> number)
    {
        var digits = 0;
        foreach (var c in number)
            digits += c is >= (byte)'0' and <= (byte)'9' ? 1 : 0;
        return digits;
    }

    /// <summary>Whether a number is not zero as it is written, its exponent apart.</summary>
    private static bool HasMantissa(ReadOnlySpan<byte> number) => Mantissa(number).ContainsAnyInRange((byte)'1', (byte)'9');

    private static ReadOnlySpan<byte> Mantissa(ReadOnlySpan<byte> number)
    {
        var exponent = number.IndexOfAny((byte)'e', (byte)'E');
        return exponent < 0 ? number : number[..exponent];
    }

    private JsonTokenType Next(ref Utf8JsonReader json)
    {
        json.Read();
        if (json.BytesConsumed - start > limits.MaxMetadataBytes)
        {
            throw new DocumentRejectedException(
                root, $"is larger than the limit of {limits.MaxMetadataBytes} bytes", "Keep long texts in parts; metadata holds facts to filter by.");
        }

        return json.TokenType;
    }

    private void Bounded(ref readonly Utf8JsonReader json)
    {
        if (json.CurrentDepth >= limits.MaxJsonDepth)
            throw new DocumentRejectedException(Field, $"is nested deeper than {limits.MaxJsonDepth} levels", "Flatten it.");
    }

    private string Field => root + string.Concat(path);
}
