using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace UnifiedVlm.Server.Http;

/// <summary>A JSON body that may be as long as a document is, or as thousands of vectors: it has its room among what is being downloaded until its client has taken it.</summary>
internal static class LargeReply
{
    /// <summary>What is held of a row: as it was read, as text of two bytes a character, and as it is sent. Of a vector: its numbers, and their digits, as many bytes as three numbers.</summary>
    private const int Copies = 4;

    /// <param name="length">Of what is stored, or will be made, in bytes; known before the reply is made of it. 0 needs no room.</param>
    /// <param name="make">Reads it, or makes it. Null where it is not there any more.</param>
    /// <returns>False: there is nothing to reply with.</returns>
    /// <exception cref="TransfersBusyException">There is no room, and nothing was read or made.</exception>
    public static Task<bool> TryWriteAsync<T>(HttpContext context, BlobTransfers transfers, long length, Func<Task<T?>> make, JsonTypeInfo<T> type)
        where T : class =>
        SendAsync(context, transfers, length > 0 ? transfers.Download(Copies * length) : null, MakeAsync(make, type));

    // Of its own: what the reply was made of need not stay while its client reads.
    private static async Task<byte[]?> MakeAsync<T>(Func<Task<T?>> make, JsonTypeInfo<T> type)
        where T : class =>
        await make() is { } reply ? JsonSerializer.SerializeToUtf8Bytes(reply, type) : null;

    private static async Task<bool> SendAsync(HttpContext context, BlobTransfers transfers, IDisposable? taken, Task<byte[]?> making)
    {
        using var room = taken;
        if (await making is not { } body)
            return false;
        (context.Response.ContentType, context.Response.ContentLength) = (JsonReply.ContentType, body.Length);
        await transfers.SendAsync(context, body);
        return true;
    }
}
