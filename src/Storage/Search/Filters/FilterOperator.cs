namespace UnifiedVlm.Storage.Search.Filters;

/// <summary>How a field is compared with one value.</summary>
public enum FilterOperator
{
    Equal,

    /// <summary>The opposite of <see cref="Equal"/>: true also where the field is missing.</summary>
    NotEqual,

    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,

    /// <summary>The field is an array with the value in it.</summary>
    Has,

    /// <summary>The field is a text that begins with the value.</summary>
    Prefix,
}

/// <summary>The operators as they are written.</summary>
internal static class FilterOperators
{
    public const string Known = "=, !=, <, <=, >, >=, in, has, prefix, exists";

    public static string Sign(FilterOperator which) => which switch
    {
        FilterOperator.Equal => "=",
        FilterOperator.NotEqual => "!=",
        FilterOperator.Less => "<",
        FilterOperator.LessOrEqual => "<=",
        FilterOperator.Greater => ">",
        FilterOperator.GreaterOrEqual => ">=",
        FilterOperator.Has => "has",
        _ => "prefix",
    };

    /// <returns>Null: no operator of one value is written like this.</returns>
    public static FilterOperator? Find(string sign)
    {
        foreach (var which in Enum.GetValues<FilterOperator>())
        {
            if (Sign(which) == sign)
                return which;
        }
        return null;
    }

    public static bool IsOrder(FilterOperator which)
        => which is FilterOperator.Less or FilterOperator.LessOrEqual or FilterOperator.Greater or FilterOperator.GreaterOrEqual;
}
