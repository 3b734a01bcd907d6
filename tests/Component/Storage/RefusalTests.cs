using UnifiedVlm.Storage;
using UnifiedVlm.Storage.DeadLetters;
using UnifiedVlm.Tests.Component.Streams;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>What the user reads of a document that only the store refuses.</summary>
public sealed class RefusalTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    [Fact]
    public async Task The_list_says_in_a_sentence_what_is_stored_what_came_and_what_to_do()
    {
        await WriteAsync(Make.Upsert(0, "x", 7, "one"), Make.Upsert(1, "gone", 3, "two"), Make.Upsert(2, "k", 5, "three", collection: "log", rule: "kafka:c1/t"));
        await WriteAsync(Make.Delete(3, "gone", 4));
        await WriteAsync(
            Make.Upsert(4, "x", 7, "other"), Make.Upsert(5, "gone", 4, "back"), Make.Delete(6, "x", 7), Make.Upsert(7, "new", 1, "new", collection: "log"),
            Make.Upsert(8, "x", 99, "moved", collection: "log", rule: "kafka:c1/t"), Make.Delete(9, "k", 8), Make.Dead(10));

        var letters = await Store.DeadLetters.ListAsync(new DeadLetterFilter(), 0, 10, CancellationToken.None);
        Assert.Equal(
            [
                ("conflict", "version", "version: the document is stored with other content under the same version 7. Send the change with a higher version."),
                ("conflict", "version", "version: the document was deleted under the same version 4. Send the change with a higher version."),
                ("conflict", "version", "version: the document is stored under the same version 7. Send the delete with a higher version."),
                ("version-rule", "collection", "collection: 'log' takes its versions by the rule 'kafka:c1/t', and this document came with version 1 by 'explicit'. Versions of different rules can't be "
                    + "compared: send all documents of a collection with 'version', or all without it from the same source, or use another collection."),
                ("version-rule", "version", "version: the document is stored in version 7 by the rule 'explicit', and this one came with version 99 by 'kafka:c1/t'. Versions of different rules can't be "
                    + "compared: send it with a version of the same rule, or under another id."),
                ("version-rule", "version", "version: the document is stored in version 5 by the rule 'kafka:c1/t', and the delete came with version 8 by 'explicit'. Send the delete with a version of the "
                    + "same rule."),
            ],
            letters.Take(6).Select(static l => (l.Reason, l.Field, l.Detail)));
        // Others say it in their reason.
        Assert.Null(letters[6].Detail);
        Assert.Equal(letters[0].Detail, (await Store.DeadLetters.FindAsync("a", letters[0].Id, CancellationToken.None)).Letter.ErrorChain);
    }

    [Fact]
    public async Task The_log_counts_them_once_a_range_and_explains_the_first()
    {
        var log = new ListLogger();
        using var loggers = new OneLogger(log);
        await using var store = await Store.OpenAsync(Options, loggers);
        var ingest = await store.OpenIngestAsync(Model, Dimension);
        var lease = await ingest.AcquireAsync(Log, "test", CancellationToken.None);
        await ingest.WriteAsync(lease, 0, 2, [Make.Upsert(0, "x", 1, "one"), Make.Upsert(1, "y", 1, "one")], CancellationToken.None);
        await ingest.WriteAsync(lease, 2, 3, [Make.Dead(2)], CancellationToken.None);
        Assert.DoesNotContain(log.Lines, static line => line.StartsWith("3405 ", StringComparison.Ordinal));

        await ingest.WriteAsync(lease, 3, 6, [Make.Upsert(3, "x", 1, "two"), Make.Upsert(4, "y", 1, "two"), Make.Dead(5)], CancellationToken.None);
        var line = Assert.Single(log.Lines, static line => line.StartsWith("3405 ", StringComparison.Ordinal));
        Assert.Contains("refused documents (2)", line, StringComparison.Ordinal);
        Assert.Contains("@3, document x (conflict): version: the document is stored with other content under the same version 1", line, StringComparison.Ordinal);
    }
}
