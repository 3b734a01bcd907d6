namespace UnifiedVlm.Storage.Cluster;

/// <summary>What a node could take at its last beat.</summary>
/// <param name="FreeQueryTokens">Tokens of queries that its devices have room for.</param>
/// <param name="FreeIngestTokens">Tokens of documents that its devices have room for.</param>
/// <param name="FreeGenerations">Answers it could begin.</param>
/// <param name="Requests">HTTP requests under way.</param>
public sealed record MemberLoad(long FreeQueryTokens, long FreeIngestTokens, int FreeGenerations, int Requests)
{
    public static MemberLoad None { get; } = new(0, 0, 0, 0);
}
