namespace UnifiedVlm.Storage.Generations.Filling;

/// <summary>How far a generation is.</summary>
/// <param name="Documents">With vectors in it.</param>
/// <param name="Of">Stored.</param>
/// <param name="Failed">That its model could not take.</param>
public sealed record FillProgress(long Documents, long Of, long Failed);
