using System.Globalization;
using Npgsql;

namespace UnifiedVlm.Chaos.Checking;

/// <summary>
/// One event a change, never two for one version or one dead letter. Versions that met in one transaction are one change, so a version may have
/// none; the newest must have one.
/// </summary>
internal static class EventCheck
{
    private const string Sql = """
        SELECT type, document_id, sequence, (data ->> 'version')::bigint, (data ->> 'partition')::int, (data ->> 'offset')::bigint
        FROM uvlm.outbox WHERE type <> 'document.dead' OR data ->> 'topic' = @topic ORDER BY document_id, sequence, id
        """;

    public static async Task RunAsync(StoreReader reader, Expectation expectation, CheckReport report)
    {
        var events = await reader.RowsAsync(Sql, Read, ("topic", expectation.Topic));
        CheckLetters([.. events.Where(static e => e.Type == "document.dead")], expectation, report);
        var byDocument = events.Where(static e => e.Type != "document.dead").GroupBy(static e => e.Id ?? "").ToDictionary(static g => g.Key, static g => g.ToList());
        foreach (var (id, history) in byDocument)
            CheckDocument(id, history, expectation, report);
        foreach (var id in expectation.Documents.Keys.Where(id => !byDocument.ContainsKey(id)))
            report.Add(DamageKind.Lost, $"{id} has no event");
    }

    private static void CheckDocument(string id, List<Event> history, Expectation expectation, CheckReport report)
    {
        if (!expectation.Documents.TryGetValue(id, out var final))
        {
            report.Add(DamageKind.Duplicated, $"{id} has events and was never sent as a document");
            return;
        }

        var versions = new HashSet<long>();
        for (var i = 0; i < history.Count; i++)
        {
            var (version, sequence) = (history[i].Version ?? 0, history[i].Sequence ?? 0);
            if (!versions.Add(version))
                report.Add(DamageKind.Duplicated, $"{id} has two events for version {version}");
            if (!expectation.Versions[id].Contains(version))
                report.Add(DamageKind.Conflicting, $"{id} never had version {version}, and has an event for it");
            if (sequence != i + 1)
                report.Add(sequence > i + 1 ? DamageKind.Lost : DamageKind.Duplicated, $"{id}: event {i + 1} has sequence {sequence}");
            if (i > 0 && version < history[i - 1].Version)
                report.Add(DamageKind.Stale, $"{id}: an event for version {version} follows on one for {history[i - 1].Version}");
        }

        var last = history[^1];
        var type = final.Deleted ? "document.deleted" : "document.indexed";
        if (last.Version != final.Version)
            report.Add(DamageKind.Lost, $"{id}: the last event is for version {last.Version}, not {final.Version}");
        else if (last.Type != type)
            report.Add(DamageKind.Conflicting, $"{id}: the last event is {last.Type}, not {type}");
    }

    private static void CheckLetters(List<Event> events, Expectation expectation, CheckReport report)
    {
        var seen = new HashSet<(int?, long?)>();
        foreach (var letter in events)
        {
            if (!seen.Add((letter.Partition, letter.Offset)))
                report.Add(DamageKind.Duplicated, string.Create(CultureInfo.InvariantCulture, $"({letter.Partition}, {letter.Offset}) has two events document.dead"));
        }

        foreach (var letter in expectation.Letters.Where(l => !seen.Contains((l.Partition, l.Offset))))
            report.Add(DamageKind.Lost, $"({letter.Partition}, {letter.Offset}) has no event document.dead");
    }

    private static Event Read(NpgsqlDataReader r)
        => new(r.GetString(0), r.TextOrNull(1), r.LongOrNull(2), r.LongOrNull(3), r.IntOrNull(4), r.LongOrNull(5));

    private sealed record Event(string Type, string? Id, long? Sequence, long? Version, int? Partition, long? Offset);
}
