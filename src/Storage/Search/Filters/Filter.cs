namespace UnifiedVlm.Storage.Search.Filters;

/// <summary>
/// A condition on a document's metadata and its own fields. True or false, never unknown: a comparison with a field that is missing, or of another type, is false.
/// <see cref="object.ToString"/> gives the text form.
/// </summary>
public abstract record Filter
{
    private protected Filter()
    {
    }

    /// <summary>All of them; nulls are left out.</summary>
    /// <returns>Null: there is none.</returns>
    public static Filter? All(params ReadOnlySpan<Filter?> filters)
    {
        var given = new List<Filter>();
        foreach (var filter in filters)
        {
            if (filter is not null)
                given.Add(filter);
        }
        return given.Count switch { 0 => null, 1 => given[0], _ => new FilterAnd(given) };
    }

    /// <summary>Documents whose own time is within [<paramref name="from"/>, <paramref name="to"/>); null leaves a side open.</summary>
    /// <returns>Null: both are open.</returns>
    public static Filter? Between(DateTimeOffset? from, DateTimeOffset? to) => All(
        from is { } first ? new FilterComparison(FilterField.Time, FilterOperator.GreaterOrEqual, FilterValue.Of(first)) : null,
        to is { } last ? new FilterComparison(FilterField.Time, FilterOperator.Less, FilterValue.Of(last)) : null);
}

/// <summary>Every one of at least two.</summary>
public sealed record FilterAnd(IReadOnlyList<Filter> Operands) : Filter
{
    public override string ToString() => $"({string.Join(" and ", Operands)})";
}

/// <summary>Some of at least two.</summary>
public sealed record FilterOr(IReadOnlyList<Filter> Operands) : Filter
{
    public override string ToString() => $"({string.Join(" or ", Operands)})";
}

public sealed record FilterNot(Filter Operand) : Filter
{
    public override string ToString() => $"not {Operand}";
}

/// <summary>A field against one value.</summary>
public sealed record FilterComparison(FilterField Field, FilterOperator Operator, FilterValue Value) : Filter
{
    public override string ToString() => $"{Field} {FilterOperators.Sign(Operator)} {Value}";
}

/// <summary>The field equals one of the values, of which there is at least one.</summary>
public sealed record FilterIn(FilterField Field, IReadOnlyList<FilterValue> Values) : Filter
{
    public override string ToString() => $"{Field} in ({string.Join(", ", Values)})";
}

/// <summary>The field is there; of metadata also when it is null.</summary>
public sealed record FilterExists(FilterField Field) : Filter
{
    public override string ToString() => $"exists {Field}";
}
