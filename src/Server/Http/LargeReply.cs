using System.Text.Json.Serialization.Metadata;

namespace UnifiedVlm.Server.Http;

/// <summary>A JSON body that may be as long as a document is: it has its room among what is being downloaded until its client has taken it.</summary>
internal static class LargeReply
{
    /// <summary>What is held of a row: as it was read, as text of two bytes a character, and as it is sent.</summary>
    private const int Copies = 4;

    /// <param name="length">Of what is stored, in bytes; known before it is read.</param>
    /// <param name="make">Reads it. Null where it is not there any more.</param>
    /// <returns>False: there is nothing to reply with.</returns>
    /// <exception cref="TransfersBusyException">There is no room, and nothing was read.</exception>
    public static async Task<bool> TryWriteAsync<T>(HttpContext context, BlobTransfers transfers, long length, Func<Task<T?>> make, JsonTypeInfo<T> type)
        where T : class
    {
        using var room = transfers.Download(Copies * length);
        if (await make() is not { } reply)
            return false;
        BlobTransfers.ExpectReader(context);
        await JsonReply.WriteAsync(context, reply, type, JsonReply.ContentType, context.RequestAborted);
        return true;
    }
}
