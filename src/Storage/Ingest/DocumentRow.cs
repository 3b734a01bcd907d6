using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Content;

namespace UnifiedVlm.Storage.Ingest;

/// <summary>The columns of a document or of its tombstone.</summary>
internal sealed class DocumentRow
{
    public DocumentRow(DocumentWrite write, RangeContent content)
    {
        Write = write;
        if (write.Upsert is not { } upsert)
            return;
        Document = upsert.Document;
        Body = DocumentBody.Write(upsert.Document, content.PicturesOf(upsert));
        var words = DocumentBody.Words(upsert.Document);
        Words = UnspacedWords.ForIndex(words);
        WordsOfTitle = upsert.Document.Title is { } title ? UnspacedWords.ForIndex(title) : null;
        Metadata = upsert.Document.Metadata?.ToJsonString();
        TextConfig = TextConfigurations.Of(upsert.Document, words);
        ContentHash = upsert.ContentHash;
        PartCount = upsert.Embedding!.Parts.Count;
    }

    public DocumentWrite Write { get; }

    public DocumentKey Key => Write.Key;

    /// <summary>Null: a tombstone.</summary>
    public InterleavedDocument? Document { get; }

    /// <summary>JSON in UTF-8.</summary>
    public byte[]? Body { get; }

    /// <summary>As full text takes them.</summary>
    public string? Words { get; }

    public string? WordsOfTitle { get; }

    public string? Metadata { get; }

    public string? TextConfig { get; }

    public ReadOnlyMemory<byte> ContentHash { get; }

    public int PartCount { get; }

    /// <summary>About what it takes in a message.</summary>
    public long Bytes => (Body?.Length ?? 0) + 2L * ((Words?.Length ?? 0) + (Metadata?.Length ?? 0)) + 512;
}
