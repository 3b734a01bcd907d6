namespace UnifiedVlm.Documents.CloudEvents;

/// <summary>What a record of a source asks for.</summary>
public abstract record IngestMessage
{
    private protected IngestMessage()
    {
    }
}

/// <summary>Store this document, unless a newer version is stored.</summary>
public sealed record UpsertMessage(InterleavedDocument Document) : IngestMessage;

/// <summary>Delete the document, unless a newer version is stored.</summary>
/// <param name="Version">Null: the position of the record in its source takes its place.</param>
public sealed record DeleteMessage(string Tenant, string Id, long? Version) : IngestMessage;
