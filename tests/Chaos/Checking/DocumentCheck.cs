namespace UnifiedVlm.Chaos.Checking;

/// <summary>Every document is there, once, as its newest version left it.</summary>
internal static class DocumentCheck
{
    private const string Sql = """
        SELECT d.id, d.version, d.deleted, d.part_count, d.title, (SELECT count(*) FROM uvlm.document_blob b WHERE b.tenant = d.tenant AND b.id = d.id)
        FROM uvlm.document d
        """;

    public static async Task RunAsync(StoreReader reader, Expectation expectation, CheckReport report)
    {
        var stored = await reader.RowsAsync(
            Sql, static r => (Id: r.GetString(0), State: new ExpectedDocument(r.GetInt64(1), r.GetBoolean(2), r.GetInt32(3), (int)r.GetInt64(5), r.TextOrNull(4))));
        var seen = new HashSet<string>();
        foreach (var (id, state) in stored)
        {
            if (!seen.Add(id))
                report.Add(DamageKind.Duplicated, $"{id} has two rows");
            else if (!expectation.Documents.TryGetValue(id, out var expected))
                report.Add(DamageKind.Duplicated, $"{id} is stored and was never sent as a document");
            else if (state != expected)
                report.Add(Judge(state, expected), $"{id} is {state}, not {expected}");
        }

        foreach (var id in expectation.Documents.Keys.Where(id => !seen.Contains(id)))
            report.Add(DamageKind.Lost, $"{id} is not stored; it was sent as {expectation.Documents[id]}");
    }

    private static DamageKind Judge(ExpectedDocument stored, ExpectedDocument expected)
        => stored.Version < expected.Version ? DamageKind.Stale : DamageKind.Conflicting;
}
