namespace UnifiedVlm.Storage.Cluster;

/// <summary>What a node could take at its last beat.</summary>
/// <param name="FreeQueryTokens">Tokens of queries that its devices have room for, in as many questions as it would admit.</param>
/// <param name="FreeIngestTokens">Tokens of documents that its devices have room for.</param>
/// <param name="FreeGenerations">Answers it could begin, likewise.</param>
/// <param name="Requests">HTTP requests under way.</param>
/// <param name="HasDevice">It has one, however busy, of its own or lent by others: without any it encodes nothing.</param>
public sealed record MemberLoad(long FreeQueryTokens, long FreeIngestTokens, int FreeGenerations, int Requests, bool HasDevice = true)
{
    public static MemberLoad None { get; } = new(0, 0, 0, 0);
}
