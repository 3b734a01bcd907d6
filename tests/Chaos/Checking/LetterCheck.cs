namespace UnifiedVlm.Chaos.Checking;

/// <summary>Exactly the poison is in the dead letters, each record once and with the field that is wrong.</summary>
internal static class LetterCheck
{
    private const string Sql = "SELECT partition, log_offset, stage, field, reason FROM uvlm.dead_letter WHERE group_id = @group AND topic = @topic ORDER BY id";

    public static async Task RunAsync(StoreReader reader, Expectation expectation, CheckReport report)
    {
        var letters = await reader.RowsAsync(
            Sql,
            static r => (At: (r.GetInt32(0), r.GetInt64(1)), Stage: r.GetString(2), Field: r.TextOrNull(3), Reason: r.GetString(4)),
            ("group", expectation.Group), ("topic", expectation.Topic));
        var expected = expectation.Letters.ToDictionary(static l => (l.Partition, l.Offset), static l => l.Field);
        var seen = new HashSet<(int, long)>();
        foreach (var letter in letters)
        {
            if (letter.Stage == "source")
                report.Add(DamageKind.Lost, $"the log dropped records before they were read: {letter.Reason}");
            else if (!expected.TryGetValue(letter.At, out var field))
                report.Add(DamageKind.WrongLetter, $"{letter.At} is a good record: {letter.Stage}, {letter.Field}: {letter.Reason}");
            else if (field != letter.Field)
                report.Add(DamageKind.WrongLetter, $"{letter.At} names {letter.Field}, not {field}: {letter.Reason}");
            if (!seen.Add(letter.At))
                report.Add(DamageKind.Duplicated, $"{letter.At} has two dead letters");
        }

        foreach (var at in expected.Keys.Where(at => !seen.Contains(at)))
            report.Add(DamageKind.Lost, $"{at} has no dead letter; its {expected[at]} is wrong");
    }
}
