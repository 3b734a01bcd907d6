using System.Text.Json;
using UnifiedVlm.Documents;

namespace UnifiedVlm.Storage.Search.Filters;

/// <summary>
/// The JSON form: <c>{"and": [..]}</c>, <c>{"or": [..]}</c>, <c>{"not": {..}}</c> and <c>{"field": "year", "op": "&gt;=", "value": 2020}</c>. A field is the text
/// form's, or an array of names. The value of <c>in</c> is an array; <c>exists</c> has none.
/// </summary>
public static class FilterJson
{
    private const string Shape = "Send {\"field\": .., \"op\": .., \"value\": ..}, {\"and\": [..]}, {\"or\": [..]} or {\"not\": {..}}.";

    /// <param name="field">The path of the filter in its request, for refusals.</param>
    /// <exception cref="DocumentRejectedException">It can't be understood; names the place, such as <c>filter.and[1].value</c>.</exception>
    public static Filter Parse(JsonElement json, string field = "filter") => new Parser().Read(json, field, 1);

    private sealed class Parser
    {
        private readonly FilterBuilder _builder = new();

        public Filter Read(JsonElement json, string path, int depth)
        {
            At(path, () => FilterBuilder.CheckDepth(depth));
            if (json.ValueKind != JsonValueKind.Object)
                throw new DocumentRejectedException(path, "is no condition", Shape);
            var names = json.EnumerateObject().Select(static p => p.Name).ToArray();
            return names switch
            {
                ["and"] => ReadSeveral(json.GetProperty("and"), $"{path}.and", depth, static operands => new FilterAnd(operands)),
                ["or"] => ReadSeveral(json.GetProperty("or"), $"{path}.or", depth, static operands => new FilterOr(operands)),
                ["not"] => new FilterNot(Read(json.GetProperty("not"), $"{path}.not", depth + 1)),
                _ when names.Contains("field") => ReadComparison(json, names, path),
                _ => throw new DocumentRejectedException(path, "is no condition", Shape),
            };
        }

        private Filter ReadSeveral(JsonElement json, string path, int depth, Func<IReadOnlyList<Filter>, Filter> join)
        {
            if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() == 0)
                throw new DocumentRejectedException(path, "is no list of conditions", "Send an array of at least one.");
            var operands = json.EnumerateArray().Select((operand, i) => Read(operand, $"{path}[{i}]", depth + 1)).ToArray();
            return operands is [var only] ? only : join(operands);
        }

        private Filter ReadComparison(JsonElement json, string[] names, string path)
        {
            if (names.FirstOrDefault(static name => name is not ("field" or "op" or "value")) is { } unknown)
                throw new DocumentRejectedException($"{path}.{unknown}", "is not a known field", "A comparison has field, op and value.");
            var field = At($"{path}.field", () => ReadField(json.GetProperty("field")));
            var sign = json.TryGetProperty("op", out var op) && op.ValueKind == JsonValueKind.String ? Text(op) : null;
            if (sign == "exists")
            {
                return names.Contains("value")
                    ? throw new DocumentRejectedException($"{path}.value", "stands beside exists", "Leave it out; compare with = for a value.")
                    : At(path, () => _builder.Exists(field));
            }
            if (!json.TryGetProperty("value", out var value))
                throw new DocumentRejectedException($"{path}.value", "is missing", "Send what the field is compared with.");
            if (sign == "in")
                return At($"{path}.value", () => _builder.In(field, ReadValues(value)));
            if (sign is null || FilterOperators.Find(sign) is not { } which)
                throw new DocumentRejectedException($"{path}.op", "is no comparison", $"Those are {FilterOperators.Known}.");
            return At($"{path}.value", () => _builder.Compare(field, which, ReadValue(value)));
        }

        private static FilterField ReadField(JsonElement json) => json.ValueKind switch
        {
            JsonValueKind.String when Text(json) is ['$', ..] name => FilterField.OfDocument(name[1..]),
            // Of names and of values one more than there may be is enough to be refused.
            JsonValueKind.String => FilterField.Metadata(Text(json).Split('.', FilterLimits.MaxNames + 1)),
            JsonValueKind.Array when json.EnumerateArray().All(static n => n.ValueKind == JsonValueKind.String)
                => FilterField.Metadata([.. json.EnumerateArray().Take(FilterLimits.MaxNames + 1).Select(Text)]),
            _ => throw new FilterException("is no field", "Send its name as a string, inner names after a dot, or an array of names."),
        };

        private static FilterValue[] ReadValues(JsonElement json) => json.ValueKind == JsonValueKind.Array
            ? [.. json.EnumerateArray().Take(FilterLimits.MaxComparisons + 1).Select(ReadValue)]
            : throw new FilterException("is no list of values", "Send an array.");

        private static FilterValue ReadValue(JsonElement json) => json.ValueKind switch
        {
            JsonValueKind.String => FilterValue.Text(Text(json)),
            JsonValueKind.Number => FilterValue.Number(json.GetRawText()),
            JsonValueKind.True or JsonValueKind.False => FilterValue.Of(json.GetBoolean()),
            JsonValueKind.Null => FilterValue.Null,
            _ => throw new FilterException("is no value", "Send a text, a number, true, false or null."),
        };

        private static string Text(JsonElement json)
        {
            try
            {
                return json.GetString()!;
            }
            catch (InvalidOperationException)
            {
                throw new FilterException("is no valid Unicode", "Send UTF-8, and characters beyond U+FFFF whole.");
            }
        }

        private static void At(string path, Action read) => At(path, () =>
        {
            read();
            return true;
        });

        private static T At<T>(string path, Func<T> read)
        {
            try
            {
                return read();
            }
            catch (FilterException error)
            {
                throw new DocumentRejectedException(path, error.Problem, error.Fix, error);
            }
        }
    }
}
