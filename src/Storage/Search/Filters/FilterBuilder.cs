namespace UnifiedVlm.Storage.Search.Filters;

/// <summary>What both parsers have in common: which conditions make sense, and how many there may be.</summary>
internal sealed class FilterBuilder
{
    private int _comparisons;

    /// <exception cref="FilterException">The value is none for this operator or this field.</exception>
    public FilterComparison Compare(FilterField field, FilterOperator which, FilterValue value)
    {
        Count();
        if (FilterOperators.IsOrder(which) && value.Kind is FilterValueKind.Boolean or FilterValueKind.Null)
            throw new FilterException($"{value} has no order", "Compare numbers or texts with <, <=, > and >=.");
        if (which == FilterOperator.Prefix && (value.Kind != FilterValueKind.Text || field.IsTime))
            throw new FilterException("prefix is for texts", "Give the beginning of a text, as in: id prefix \"manuals/\".");
        if (which == FilterOperator.Has && field.Attribute is not null)
            throw new FilterException($"{field} is no list", "'has' is for lists in the metadata.");
        Check(field, value);
        return new FilterComparison(field, which, value);
    }

    /// <inheritdoc cref="Compare"/>
    public FilterIn In(FilterField field, IReadOnlyList<FilterValue> values)
    {
        if (values.Count == 0)
            throw new FilterException("'in' has no value", "Give at least one.");
        foreach (var value in values)
        {
            Count();
            Check(field, value);
        }
        return new FilterIn(field, values);
    }

    /// <exception cref="FilterException">There are too many conditions.</exception>
    public FilterExists Exists(FilterField field)
    {
        Count();
        return new FilterExists(field);
    }

    /// <exception cref="FilterException">It is too deep.</exception>
    public static void CheckDepth(int depth)
    {
        if (depth > FilterLimits.MaxDepth)
            throw new FilterException($"conditions stand more than {FilterLimits.MaxDepth} deep in each other", "Write a flatter one.");
    }

    private static void Check(FilterField field, FilterValue value)
    {
        if (field.IsTime && value.AsTime() is null)
            throw new FilterException($"{field} is a time and {value} is none", "Write it as in \"2026-01-31T12:00:00Z\" or \"2026-01-31\".");
        if (field.Attribute is not null && !field.IsTime && value.Kind != FilterValueKind.Text)
            throw new FilterException($"{field} is a text and {value} is none", "Compare it with a text; 'exists' tells whether it is there.");
    }

    private void Count()
    {
        if (++_comparisons > FilterLimits.MaxComparisons)
            throw new FilterException($"there are more than {FilterLimits.MaxComparisons} comparisons", "Ask for less at a time.");
    }
}
