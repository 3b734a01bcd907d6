namespace UnifiedVlm.Storage.Search.Filters;

/// <summary>The bounds that every document passing a filter keeps to, for the index on times.</summary>
internal static class NecessaryTime
{
    public static (DateTimeOffset? From, DateTimeOffset? To) Of(Filter filter)
    {
        switch (filter)
        {
            case FilterAnd and:
                DateTimeOffset? from = null, to = null;
                foreach (var operand in and.Operands)
                {
                    var (first, last) = Of(operand);
                    from = first > from || from is null ? first ?? from : from;
                    to = last < to || to is null ? last ?? to : to;
                }
                return (from, to);
            case FilterComparison { Field.Attribute: "time" } comparison:
                var time = comparison.Value.AsTime();
                return comparison.Operator switch
                {
                    FilterOperator.Equal => (time, time),
                    FilterOperator.Greater or FilterOperator.GreaterOrEqual => (time, null),
                    FilterOperator.Less or FilterOperator.LessOrEqual => (null, time),
                    _ => (null, null),
                };
            default:
                return (null, null);
        }
    }
}
