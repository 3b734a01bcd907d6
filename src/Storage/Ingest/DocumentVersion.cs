namespace UnifiedVlm.Storage.Ingest;

/// <summary>A version and the rule it came from. A collection keeps to the rule of its first document: numbers of different rules can't be compared.</summary>
/// <param name="Value">The newest wins.</param>
/// <param name="Rule"><see cref="ExplicitRule"/>, or the log whose offsets count, such as <c>kafka:CLUSTER/TOPIC</c> or <c>local</c>.</param>
public readonly record struct DocumentVersion(long Value, string Rule)
{
    public const string ExplicitRule = "explicit";
    public const string LocalRule = "local";

    /// <summary>Before the log id and the topic of an <see cref="OffsetRule"/>.</summary>
    internal const string OffsetPrefix = "kafka:";

    /// <summary>It counts within one partition of its log only.</summary>
    internal bool IsOffset => Rule is not (ExplicitRule or LocalRule);

    /// <summary>The rule of documents that take their record's offset for a version: numbers of one incarnation of one topic.</summary>
    public static string OffsetRule(string logId, string topic) => $"{OffsetPrefix}{logId}/{topic}";

    public static DocumentVersion Explicit(long value) => new(value, ExplicitRule);
}
