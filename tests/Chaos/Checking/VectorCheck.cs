using Npgsql;

namespace UnifiedVlm.Chaos.Checking;

/// <summary>A living document has a vector a part, one for the whole and one packed row of the very content that is stored; a tombstone has none.</summary>
internal static class VectorCheck
{
    private const string LiveSql = "SELECT id FROM uvlm.index_generation WHERE state = 'live'";

    // From all sides: a vector may be left without its document, too.
    private const string Sql = """
        WITH part AS (SELECT tenant, id, count(*) AS number, min(part) AS lowest, max(part) AS highest FROM uvlm.part_vector_{g} GROUP BY 1, 2),
            whole AS (SELECT tenant, id, count(*) AS number FROM uvlm.document_vector_{g} GROUP BY 1, 2),
            packed AS (SELECT tenant, id, count(*) AS number, (array_agg(content_hash))[1] AS content_hash FROM uvlm.packed_{g} GROUP BY 1, 2)
        SELECT coalesce(d.id, part.id, whole.id, packed.id), d.id IS NOT NULL, coalesce(NOT d.deleted, false), coalesce(d.part_count, 0),
            coalesce(part.number, 0), coalesce(part.highest - part.lowest + 1, 0)::int, coalesce(whole.number, 0), coalesce(packed.number, 0),
            coalesce(packed.content_hash = d.content_hash, true)
        FROM uvlm.document d
        FULL JOIN part ON (part.tenant, part.id) = (d.tenant, d.id)
        FULL JOIN whole ON (whole.tenant, whole.id) = (coalesce(d.tenant, part.tenant), coalesce(d.id, part.id))
        FULL JOIN packed ON (packed.tenant, packed.id) = (coalesce(d.tenant, part.tenant, whole.tenant), coalesce(d.id, part.id, whole.id))
        """;

    public static async Task RunAsync(StoreReader reader, CheckReport report)
    {
        var live = await reader.RowsAsync(LiveSql, static r => r.GetInt32(0));
        if (live.Count != 1)
        {
            report.Add(DamageKind.Lost, $"{live.Count} index generations are live");
            return;
        }

        foreach (var row in await reader.RowsAsync(Sql.Replace("{g}", $"{live[0]}", StringComparison.Ordinal), Read))
            Judge(row, report);
    }

    private static void Judge(Row row, CheckReport report)
    {
        var one = row.Lives ? 1 : 0;
        if (!row.HasDocument)
            report.Add(DamageKind.Duplicated, $"{row.Id} has vectors and is no document");
        else if (row.Parts != row.PartCount || row.Span != row.PartCount)
            report.Add(row.Parts < row.PartCount ? DamageKind.Lost : DamageKind.Duplicated, $"{row.Id} has {row.Parts} part vectors over {row.Span} places for {row.PartCount} parts");
        if (row.HasDocument && row.Wholes != one)
            report.Add(row.Wholes < one ? DamageKind.Lost : DamageKind.Duplicated, $"{row.Id} has {row.Wholes} document vectors, not {one}");
        if (row.HasDocument && row.Packed != one)
            report.Add(row.Packed < one ? DamageKind.Lost : DamageKind.Duplicated, $"{row.Id} has {row.Packed} packed rows, not {one}");
        else if (row.Lives && !row.IsOfContent)
            report.Add(DamageKind.Stale, $"{row.Id}: the packed vectors are of other content than is stored");
    }

    private static Row Read(NpgsqlDataReader r) => new(
        r.GetString(0), r.GetBoolean(1), r.GetBoolean(2), r.GetInt32(3), r.GetInt64(4), r.GetInt32(5), r.GetInt64(6), r.GetInt64(7), r.GetBoolean(8));

    /// <param name="Span">Places from the first part with a vector to the last.</param>
    private sealed record Row(
        string Id, bool HasDocument, bool Lives, int PartCount, long Parts, int Span, long Wholes, long Packed, bool IsOfContent);
}
