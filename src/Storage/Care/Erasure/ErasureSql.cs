namespace UnifiedVlm.Storage.Care.Erasure;

/// <summary>What both kinds of erasure say to the database.</summary>
internal static class ErasureSql
{
    /// <summary>In the place of a source log in an erased document's tombstone: no log's record has led to it.</summary>
    public const string Source = "erasure";

    // Together with the tables of a generation; the documents are locked.
    public const string DropParts = "DELETE FROM uvlm.part_vector_{g} WHERE tenant = @tenant AND id = ANY (@ids)";
    public const string DropDocumentVectors = "DELETE FROM uvlm.document_vector_{g} WHERE tenant = @tenant AND id = ANY (@ids)";
    public const string DropPacked = "DELETE FROM uvlm.packed_{g} WHERE tenant = @tenant AND id = ANY (@ids)";
    public const string DropPending = "DELETE FROM uvlm.generation_pending WHERE generation = {g} AND tenant = @tenant AND id = ANY (@ids)";
    public const string DropLinks = "DELETE FROM uvlm.document_blob WHERE tenant = @tenant AND id = ANY (@ids)";

    // Waits for writers that are about to refer to one of them: whether somebody does is asked afterwards, in a statement that sees what they wrote.
    public const string LockPictures = """
        SELECT b.sha256 FROM uvlm.blob b
        WHERE b.tenant = @tenant AND b.sha256 IN (SELECT r.sha256 FROM uvlm.document_blob r WHERE r.tenant = @tenant AND r.id = ANY (@ids))
        ORDER BY b.sha256 FOR UPDATE
        """;

    public const string DropPictures = """
        DELETE FROM uvlm.blob b
        WHERE b.tenant = @tenant AND b.sha256 = ANY (@hashes)
            AND NOT EXISTS (SELECT FROM uvlm.document_blob r WHERE r.tenant = b.tenant AND r.sha256 = b.sha256)
        """;

    public const string InboxPage = "SELECT id, content_type, payload FROM uvlm.inbox WHERE tenant = @tenant AND id > @after ORDER BY id LIMIT @max";

    public const string DropInbox = "DELETE FROM uvlm.inbox WHERE tenant = @tenant AND id = ANY (@ids)";

    // A node that has read such a record and not yet written it is fenced off: it opens the log again, and the record is not there any more.
    public const string Fence = """
        UPDATE uvlm.ingest_offset SET epoch = epoch + 1, owner = @owner, backend_pid = NULL, updated_at = now()
        WHERE topic = @log AND log_id = @log AND coalesce(next_offset, 0) <= @last
        """;
}
