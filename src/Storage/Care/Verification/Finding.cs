namespace UnifiedVlm.Storage.Care.Verification;

/// <summary>Something that does not agree.</summary>
/// <param name="Id">Of the document; of a picture its SHA-256.</param>
/// <param name="Advice">What the operator has to do where nothing can be repaired without a model or the sender.</param>
public sealed record Finding(FindingKind Kind, string? Tenant, string? Id, string Problem, string? Advice = null)
{
    /// <summary>What was done about it; null: nothing.</summary>
    public string? Done { get; init; }

    /// <summary>Nothing is left to do.</summary>
    public bool IsSettled => Kind == FindingKind.Garbage || (Done is not null && Advice is null);

    /// <summary>One line, its parts separated by tabs.</summary>
    public override string ToString()
        => $"{Kind.ToString().ToLowerInvariant()}\t{Tenant ?? "-"}\t{Id ?? "-"}\t{Problem}{(Done is null ? "" : $"; done: {Done}")}{(Advice is null ? "" : $"; to do: {Advice}")}";
}
