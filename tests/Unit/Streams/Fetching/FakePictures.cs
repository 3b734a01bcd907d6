using System.Collections.Concurrent;
using System.Security.Cryptography;
using UnifiedVlm.Documents;
using UnifiedVlm.Storage.Blobs;
using UnifiedVlm.Streams.Fetching;

namespace UnifiedVlm.Tests.Unit.Streams.Fetching;

/// <summary>Uploads in memory, and a network that does what a test says.</summary>
internal sealed class FakePictures : IBlobReader, IPictureFetcher
{
    private readonly ConcurrentDictionary<(string Tenant, string Sha256), byte[]> blobs = [];
    private readonly List<string> fetched = [];
    private int reads;

    /// <summary>Awaited before a stored picture is read.</summary>
    public Func<Task> OnRead { get; set; } = static () => Task.CompletedTask;

    public Func<Uri, CancellationToken, Task<byte[]>> OnFetch { get; set; } = static (_, _) => Task.FromResult(Documents.TestPictures.Png(8, 8));

    /// <summary>Paths of the addresses that were fetched from, in the order in which that was begun.</summary>
    public IReadOnlyList<string> Fetched
    {
        get
        {
            lock (fetched)
                return [.. fetched];
        }
    }

    public int Reads => Volatile.Read(ref reads);

    public RemotePictures With(DocumentLimits? limits = null) => new(this, this, limits ?? DocumentLimits.Default);

    public string Upload(byte[] picture, string tenant = InterleavedDocument.DefaultTenant)
    {
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(picture));
        blobs[(tenant, sha256)] = picture;
        return sha256;
    }

    public Task<IReadOnlyDictionary<string, BlobInfo>> FindAsync(string tenant, IReadOnlyCollection<string> sha256, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<string, BlobInfo>>(sha256.Where(s => blobs.ContainsKey((tenant, s)))
            .ToDictionary(static s => s, s => new BlobInfo("image/png", blobs[(tenant, s)].Length)));

    public async Task<byte[]?> ReadAsync(string tenant, string sha256, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref reads);
        await OnRead().WaitAsync(cancellationToken);
        return blobs.GetValueOrDefault((tenant, sha256));
    }

    public async Task<InlineImage> FetchAsync(string field, Uri url, CancellationToken cancellationToken)
    {
        lock (fetched)
            fetched.Add(url.AbsolutePath);
        return DocumentValidator.ValidatePicture(field, await OnFetch(url, cancellationToken).WaitAsync(cancellationToken), DocumentLimits.Default);
    }
}
