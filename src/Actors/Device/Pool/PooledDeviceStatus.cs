namespace UnifiedVlm.Actors.Device.Pool;

/// <summary>A device as one pool sees it.</summary>
/// <param name="IsAside">Failed or late: given nothing until it is tried again.</param>
/// <param name="QueryTokens">Of queries, given to it and not answered.</param>
/// <param name="IngestTokens">Of documents, given to it and not answered.</param>
/// <param name="QueryRoom">Tokens of queries that it would take now; of a device on another node the credit that it has granted.</param>
/// <param name="IngestRoom">As well, of documents.</param>
/// <param name="GenerationRoom">As well, generations.</param>
/// <param name="Generations">Under way.</param>
/// <param name="Answered">Documents.</param>
/// <param name="Moved">Pieces of work that were taken from it and given to another.</param>
/// <param name="SetAside">How often it was.</param>
/// <param name="TokensPerSecond">As seen from here; 0 before the first answer.</param>
public sealed record PooledDeviceStatus(
    string Name, bool IsRemote, PooledDeviceState State, bool IsAside, long QueryTokens, long IngestTokens, long QueryRoom, long IngestRoom, int GenerationRoom, int Generations, long Answered,
    long Moved, long SetAside, double TokensPerSecond);
