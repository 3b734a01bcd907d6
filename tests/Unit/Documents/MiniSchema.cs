using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace UnifiedVlm.Tests.Unit.Documents;

/// <summary>The part of JSON Schema that our schemas use. Any other keyword is an error, so that nothing is taken as checked that is not.</summary>
internal sealed class MiniSchema(JsonObject root)
{
    private static readonly string[] Annotations = ["$schema", "$id", "$defs", "definitions", "title", "description", "format", "contentEncoding", "examples"];

    /// <summary>What is wrong, or null.</summary>
    public string? Validate(JsonNode? value) => Check(root, value, "$");

    private string? Check(JsonObject schema, JsonNode? value, string at)
    {
        foreach (var (keyword, expected) in schema)
        {
            if (Annotations.Contains(keyword))
                continue;
            if (Keyword(schema, keyword, expected!, value, at) is { } error)
                return error;
        }

        return null;
    }

    private string? Keyword(JsonObject schema, string keyword, JsonNode expected, JsonNode? value, string at)
    {
        var kind = value?.GetValueKind() ?? JsonValueKind.Null;
        var text = kind == JsonValueKind.String ? value!.GetValue<string>() : null;
        var members = value as JsonObject;
        var items = value as JsonArray;
        return keyword switch
        {
            "$ref" => Check(Resolve((string)expected!), value, at),
            "type" => Fail(!(expected is JsonArray types ? types.Any(t => IsType((string)t!, value, kind)) : IsType((string)expected!, value, kind)), $"{at}: type"),
            "enum" => Fail(!expected.AsArray().Any(option => JsonNode.DeepEquals(option, value)), $"{at}: enum"),
            "not" => Fail(Check(expected.AsObject(), value, at) is null, $"{at}: not"),
            "propertyNames" => members?.Select(m => Check(expected.AsObject(), m.Key, $"{at}.{m.Key}")).FirstOrDefault(static e => e is not null),
            "const" => Fail(!JsonNode.DeepEquals(expected, value), $"{at}: const"),
            "minLength" => Fail(text is not null && Length(text) < (int)expected, $"{at}: minLength"),
            "maxLength" => Fail(text is not null && Length(text) > (int)expected, $"{at}: maxLength"),
            "pattern" => Fail(text is not null && !Regex.IsMatch(text, EndOfInput((string)expected!)), $"{at}: pattern"),
            "minimum" => Fail(kind == JsonValueKind.Number && Number(value!) < expected.GetValue<long>(), $"{at}: minimum"),
            "maximum" => Fail(kind == JsonValueKind.Number && Number(value!) > expected.GetValue<long>(), $"{at}: maximum"),
            "minItems" => Fail(items?.Count < (int)expected, $"{at}: minItems"),
            "maxItems" => Fail(items?.Count > (int)expected, $"{at}: maxItems"),
            "items" => items?.Select((item, i) => Check(expected.AsObject(), item, $"{at}[{i}]")).FirstOrDefault(static e => e is not null),
            "required" => Fail(members is not null && expected.AsArray().Any(name => !members.ContainsKey((string)name!)), $"{at}: required"),
            "properties" => members?.Select(m => expected[m.Key] is JsonObject property ? Check(property, m.Value, $"{at}.{m.Key}") : null).FirstOrDefault(static e => e is not null),
            "additionalProperties" when expected is JsonObject of => members?.Where(m => schema["properties"]?[m.Key] is null).Select(m => Check(of, m.Value, $"{at}.{m.Key}")).FirstOrDefault(static e => e is not null),
            "additionalProperties" when !(bool)expected => members?.Select(m => Fail(schema["properties"]![m.Key] is null, $"{at}.{m.Key}: unknown")).FirstOrDefault(static e => e is not null),
            "oneOf" => Fail(expected.AsArray().Count(option => Check(option!.AsObject(), value, at) is null) != 1, $"{at}: oneOf"),
            _ => throw new NotSupportedException(keyword),
        };
    }

    private JsonObject Resolve(string reference) => reference.Split('/')[1..].Aggregate((JsonNode)root, static (node, name) => node[name]!).AsObject();

    private static bool IsType(string type, JsonNode? value, JsonValueKind kind) => type switch
    {
        "object" => kind == JsonValueKind.Object,
        "array" => kind == JsonValueKind.Array,
        "string" => kind == JsonValueKind.String,
        "boolean" => kind is JsonValueKind.True or JsonValueKind.False,
        "number" => kind == JsonValueKind.Number,
        "null" => kind == JsonValueKind.Null,
        "integer" => kind == JsonValueKind.Number && decimal.IsInteger(decimal.Parse(value!.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture)),
        _ => throw new NotSupportedException(type),
    };

    /// <summary>JSON Schema's regular expressions are JavaScript's: there $ is the end, not also the place before a last line feed.</summary>
    private static string EndOfInput(string pattern) => pattern.EndsWith('$') ? pattern[..^1] + "\\z" : pattern;

    private static BigInteger Number(JsonNode value) => new(decimal.Parse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture));

    /// <summary>JSON Schema counts code points.</summary>
    private static int Length(string text) => text.EnumerateRunes().Count();

    private static string? Fail(bool failed, string message) => failed ? message : null;
}
