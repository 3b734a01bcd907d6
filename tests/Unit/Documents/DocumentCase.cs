namespace UnifiedVlm.Tests.Unit.Documents;

/// <summary>One row of the table that holds parser and JSON Schema together.</summary>
/// <param name="Field">The field that the error names; null for a valid document.</param>
/// <param name="InSchema">Whether the schema can say it too.</param>
public sealed record DocumentCase(string Name, string Json, string? Field, bool InSchema)
{
    public override string ToString() => Name;
}
