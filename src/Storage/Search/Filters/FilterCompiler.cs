using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace UnifiedVlm.Storage.Search.Filters;

/// <summary>
/// From a filter to a jsonpath predicate in strict mode: what is missing or of another type makes a comparison unknown, which is not true. "Not" is pushed down to
/// the comparisons, where unknown becomes true, so that a filter and its opposite part the documents between them.
/// </summary>
internal sealed class FilterCompiler
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly StringBuilder _path = new("strict ");
    private readonly Dictionary<FilterValue, string> _variables = [];
    private readonly StringBuilder _values = new();
    private bool _usesDocument;

    private FilterCompiler()
    {
    }

    public static CompiledFilter Compile(Filter filter)
    {
        var compiler = new FilterCompiler();
        compiler.Add(filter, negated: false);
        var (from, to) = NecessaryTime.Of(filter);
        return new CompiledFilter(
            compiler._path.ToString(), $"{{{compiler._values}}}", compiler._usesDocument, NecessaryContent.Of(filter), from, to);
    }

    /// <summary>A name as a text within a jsonpath, which has JSON's escapes.</summary>
    internal static string Quote(string name) => JsonSerializer.Serialize(name, Plain);

    private void Add(Filter filter, bool negated)
    {
        switch (filter)
        {
            case FilterAnd and:
                Join(and.Operands, negated ? " || " : " && ", negated);
                break;
            case FilterOr or:
                Join(or.Operands, negated ? " && " : " || ", negated);
                break;
            case FilterNot not:
                Add(not.Operand, !negated);
                break;
            case FilterComparison { Operator: FilterOperator.NotEqual } different:
                AddLeaf(Compare(different with { Operator = FilterOperator.Equal }), !negated);
                break;
            case FilterComparison comparison:
                AddLeaf(Compare(comparison), negated);
                break;
            case FilterIn among:
                AddLeaf(string.Join(" || ", among.Values.Select(v => $"{PathOf(among.Field)} == {Variable(among.Field, v)}")), negated);
                break;
            case FilterExists { Field.Attribute: null } exists:
                AddLeaf($"exists({PathOf(exists.Field)})", negated);
                break;
            case FilterExists exists:
                // The variable is always there.
                AddLeaf($"{PathOf(exists.Field)} != null", negated);
                break;
            default:
                throw new InvalidOperationException($"Filter {filter.GetType().Name} is unknown.");
        }
    }

    private void Join(IReadOnlyList<Filter> operands, string with, bool negated)
    {
        _path.Append('(');
        for (var i = 0; i < operands.Count; i++)
        {
            if (i > 0)
                _path.Append(with);
            Add(operands[i], negated);
        }
        _path.Append(')');
    }

    private void AddLeaf(string predicate, bool negated)
    {
        if (negated)
            _path.Append(CultureInfo.InvariantCulture, $"(!({predicate}) || ({predicate}) is unknown)");
        else
            _path.Append(CultureInfo.InvariantCulture, $"({predicate})");
    }

    private string Compare(FilterComparison comparison)
    {
        var (field, value) = (PathOf(comparison.Field), Variable(comparison.Field, comparison.Value));
        return comparison.Operator switch
        {
            FilterOperator.Equal => $"{field} == {value}",
            FilterOperator.Has => $"exists({field}[*] ? (@ == {value}))",
            FilterOperator.Prefix => $"{field} starts with {value}",
            var order => $"{field} {FilterOperators.Sign(order)} {value}",
        };
    }

    private string PathOf(FilterField field)
    {
        if (field.Attribute is null)
            return "$" + string.Concat(field.Path.Select(static name => "." + Quote(name)));
        _usesDocument = true;
        return "$" + field.Attribute;
    }

    /// <summary>Named v0, v1 and so on, so that none is called like a field of the document.</summary>
    private string Variable(FilterField field, FilterValue value)
    {
        if (field.IsTime)
            value = FilterValue.Number(Microseconds(value.AsTime()!.Value).ToString(CultureInfo.InvariantCulture));
        if (!_variables.TryGetValue(value, out var name))
        {
            _variables[value] = name = string.Create(CultureInfo.InvariantCulture, $"v{_variables.Count}");
            _values.Append(_values.Length > 0 ? "," : "").Append(CultureInfo.InvariantCulture, $"\"{name}\":{value.Json}");
        }
        return "$" + name;
    }

    private static long Microseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
