namespace UnifiedVlm.Model.Decoder;

/// <summary>The rows of two attention calls that stand for one with cuts.</summary>
/// <param name="Before">Rows up to each sequence's cut; all rows of a sequence without one.</param>
/// <param name="After">Of each sequence with a cut: the rows visible beyond it, then those that see them.</param>
/// <param name="Order">For each row of the batch, its place in the results of the two, one after the other.</param>
internal sealed record CutRows(long[] Before, int[] BeforeLengths, long[] After, int[] AfterLengths, long[] Order)
{
    public static CutRows Of(SequenceLayout layout)
    {
        List<long> before = [], after = [];
        List<int> beforeLengths = [], afterLengths = [];
        var order = new long[layout.TokenCount];
        for (var s = 0; s < layout.Lengths.Length; s++)
        {
            var start = layout.Starts[s];
            var length = layout.Cuts[s]?.Start ?? layout.Lengths[s];
            beforeLengths.Add(length);
            for (var i = 0; i < length; i++)
            {
                order[start + i] = before.Count;
                before.Add(start + i);
            }
        }

        for (var s = 0; s < layout.Lengths.Length; s++)
        {
            if (layout.Cuts[s] is not { } cut)
                continue;
            afterLengths.Add(layout.Lengths[s] - cut.VisibleFrom);
            for (var i = cut.VisibleFrom; i < layout.Lengths[s]; i++)
            {
                if (i >= cut.Start)
                    order[layout.Starts[s] + i] = before.Count + after.Count;
                after.Add(layout.Starts[s] + i);
            }
        }

        return new CutRows([.. before], [.. beforeLengths], [.. after], [.. afterLengths], order);
    }
}
