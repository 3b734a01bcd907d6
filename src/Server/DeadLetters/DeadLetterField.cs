namespace UnifiedVlm.Server.DeadLetters;

/// <summary>A condition on dead letters, called the same on the command line and over HTTP.</summary>
internal sealed record DeadLetterField(string Name, DeadLetterFieldKind Kind, string Description)
{
    /// <summary>What refuses records: what reads them, the pipeline's stages, the store, and the look at what ended a node.</summary>
    public static IReadOnlyList<string> Stages { get; } = ["source", "decode", "fetch", "compare", "prepare", "encode", "write", "store", "crash"];

    /// <summary>All but the tenant, which is not the same there: an operator sees all of them, a request is about one.</summary>
    public static IReadOnlyList<DeadLetterField> Conditions { get; } =
    [
        new("reason", DeadLetterFieldKind.Text, "Only those whose reason has these words in it, whatever their case"),
        new("stage", DeadLetterFieldKind.Text, $"Only those that this stage refused: {string.Join(", ", Stages)}"),
        new("topic", DeadLetterFieldKind.Text, "Only records of this topic, or of this file or folder"),
        new("document", DeadLetterFieldKind.Text, "Only records of the document with this id"),
        new("from", DeadLetterFieldKind.Time, "Only those refused at this time or later, such as 2026-01-31T12:00:00Z; UTC unless it says otherwise"),
        new("to", DeadLetterFieldKind.Time, "Only those refused before this time"),
        new("first", DeadLetterFieldKind.Number, "Only those with this number or a higher one"),
        new("last", DeadLetterFieldKind.Number, "Only those with this number or a lower one"),
    ];
}
