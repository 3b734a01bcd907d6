namespace UnifiedVlm.Server.DeadLetters;

/// <summary>A condition on dead letters, called the same on the command line and over HTTP.</summary>
internal sealed record DeadLetterField(string Name, DeadLetterFieldKind Kind, string Description)
{
    /// <summary>All but the tenant, which is not the same there: an operator sees all of them, a request is about one.</summary>
    public static IReadOnlyList<DeadLetterField> Conditions { get; } =
    [
        new("reason", DeadLetterFieldKind.Text, "Only those whose reason has these words in it, whatever their case"),
        new("stage", DeadLetterFieldKind.Text, "Only those that this stage refused: source, decode, prepare, encode, write or store"),
        new("topic", DeadLetterFieldKind.Text, "Only records of this topic, or of this file or folder"),
        new("document", DeadLetterFieldKind.Text, "Only records of the document with this id"),
        new("from", DeadLetterFieldKind.Time, "Only those refused at this time or later, such as 2026-01-31T12:00:00Z; UTC unless it says otherwise"),
        new("to", DeadLetterFieldKind.Time, "Only those refused before this time"),
        new("first", DeadLetterFieldKind.Number, "Only those with this number or a higher one"),
        new("last", DeadLetterFieldKind.Number, "Only those with this number or a lower one"),
    ];
}
