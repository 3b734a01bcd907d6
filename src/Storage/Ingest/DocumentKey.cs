namespace UnifiedVlm.Storage.Ingest;

/// <summary>What a stored document is known by. Ordered as PostgreSQL orders text with collation C, so that all writers lock in the same order.</summary>
internal readonly record struct DocumentKey(string Tenant, string Id) : IComparable<DocumentKey>
{
    public int CompareTo(DocumentKey other)
    {
        var byTenant = CompareUtf8(Tenant, other.Tenant);
        return byTenant != 0 ? byTenant : CompareUtf8(Id, other.Id);
    }

    /// <summary>UTF-8 bytes compare like code points. UTF-16 does too, but for surrogates, which must come after U+E000..U+FFFF.</summary>
    internal static int CompareUtf8(string left, string right)
    {
        var common = Math.Min(left.Length, right.Length);
        for (var i = 0; i < common; i++)
        {
            var (a, b) = (left[i], right[i]);
            if (a == b)
                continue;
            var aHigh = char.IsSurrogate(a);
            return aHigh == char.IsSurrogate(b) ? a.CompareTo(b) : aHigh ? 1 : -1;
        }
        return left.Length.CompareTo(right.Length);
    }
}
