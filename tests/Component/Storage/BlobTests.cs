using UnifiedVlm.Storage.Blobs;

namespace UnifiedVlm.Tests.Component.Storage;

/// <summary>Pictures that come by themselves.</summary>
public sealed class BlobTests(PostgresCluster cluster) : DatabaseTest(cluster)
{
    private static readonly byte[] Jpeg = [0xFF, 0xD8, 0xFF, 1, 2, 3];

    [Fact]
    public async Task An_upload_is_stored_once_a_tenant_and_begins_its_time_anew()
    {
        var first = await Store.Blobs.PutAsync("a", Jpeg, CancellationToken.None);
        await ExecuteAsync("UPDATE uvlm.blob SET touched_at = now() - interval '1 day'");
        var again = await Store.Blobs.PutAsync("a", Jpeg, CancellationToken.None);
        var other = await Store.Blobs.PutAsync("b", Jpeg, CancellationToken.None);

        Assert.Equal([true, false, true], [first.Created, again.Created, other.Created]);
        Assert.Equal((first.Sha256, first.Sha256), (again.Sha256, other.Sha256));
        Assert.Equal(
            [$"a|{first.Sha256}|image/jpeg|True", $"b|{first.Sha256}|image/jpeg|True"],
            await RowsAsync("SELECT tenant, encode(sha256, 'hex'), media_type, touched_at > now() - interval '1 hour' FROM uvlm.blob ORDER BY tenant"));
    }

    [Fact]
    public async Task A_tenant_finds_and_reads_its_own_pictures_only()
    {
        var mine = (await Store.Blobs.PutAsync("a", Jpeg, CancellationToken.None)).Sha256;
        var theirs = (await Store.Blobs.PutAsync("b", new byte[] { 0xFF, 0xD8, 0xFF }, CancellationToken.None)).Sha256;

        var found = await Store.Blobs.FindAsync("a", [mine.ToUpperInvariant(), theirs, new string('0', 64)], CancellationToken.None);
        Assert.Equal([KeyValuePair.Create(mine, new BlobInfo("image/jpeg", Jpeg.Length))], found);
        Assert.Equal(Jpeg, await Store.Blobs.ReadAsync("a", mine, CancellationToken.None));
        Assert.Null(await Store.Blobs.ReadAsync("a", theirs, CancellationToken.None));
    }

    [Fact]
    public async Task A_document_with_an_uploaded_picture_refers_to_it_and_what_documents_brought_is_found()
    {
        var uploaded = (await Store.Blobs.PutAsync("a", Jpeg, CancellationToken.None)).Sha256;
        byte[] inline = [0xFF, 0xD8, 0xFF, 9];
        await WriteAsync(Make.Upsert(0, "x", 1, "one", images: [Jpeg, inline]));

        Assert.Equal(2, await ScalarAsync<long>("SELECT count(*) FROM uvlm.document_blob r JOIN uvlm.blob b USING (tenant, sha256) WHERE r.id = 'x'"));
        Assert.Equal(2, await ScalarAsync<long>("SELECT count(*) FROM uvlm.blob"));
        Assert.False((await Store.Blobs.PutAsync("a", inline, CancellationToken.None)).Created);
        Assert.Equal(Jpeg, await Store.Blobs.ReadAsync("a", uploaded, CancellationToken.None));
    }
}
