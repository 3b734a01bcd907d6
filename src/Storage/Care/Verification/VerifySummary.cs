namespace UnifiedVlm.Storage.Care.Verification;

/// <summary>What a pass over the store has read and found.</summary>
/// <param name="Documents">Tombstones included.</param>
/// <param name="Wrong">Findings, garbage apart.</param>
/// <param name="Left">Of these, those that nothing was or could be done about to the end.</param>
/// <param name="Garbage">Pictures that no document refers to.</param>
public sealed record VerifySummary(long Documents, long Vectors, long Pictures, long Events, int Positions, long Wrong, long Left, long Garbage, long GarbageBytes)
{
    public bool IsClean => Left == 0;
}
