namespace UnifiedVlm.Storage.Care.Verification;

/// <summary>What a finding is about.</summary>
public enum FindingKind
{
    /// <summary>Vectors or links to pictures without a document.</summary>
    Orphan,

    /// <summary>A deleted document that still has content, vectors or links.</summary>
    Tombstone,

    /// <summary>A document's vectors are not those of its packed row, which is right.</summary>
    Vectors,

    /// <summary>A document lacks right vectors altogether: a model has to make them anew.</summary>
    Encoding,

    /// <summary>The links to pictures are not those that the document names.</summary>
    Link,

    /// <summary>A stored picture's bytes are not those it is named after.</summary>
    Picture,

    /// <summary>A document and its collection don't agree about the version rule, or a record of the collection or of its words is missing.</summary>
    Collection,

    /// <summary>An event is ahead of its document.</summary>
    Event,

    /// <summary>A position in a log is impossible, or behind what was stored from that log.</summary>
    Position,

    /// <summary>There is not exactly one live index generation.</summary>
    Generation,

    /// <summary>A picture that no document refers to. Nothing is wrong with the store.</summary>
    Garbage,
}
