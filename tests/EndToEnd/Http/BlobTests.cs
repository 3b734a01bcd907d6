using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Http;

/// <summary>Pictures that are uploaded by themselves and then named by documents of every source.</summary>
[Collection(SharedNodeCollection.Name)]
public sealed class BlobTests(SharedNode shared)
{
    private static readonly string Nothing = new('a', 64);

    private readonly string tenant = $"b{Guid.NewGuid():N}";

    private ServingNode Node => shared.Node;

    [Fact]
    public async Task An_upload_is_answered_with_its_name_and_size_and_is_there_for_its_tenant()
    {
        var picture = Pictures.Jpeg(1, side: 40);
        var first = await UploadAsync(picture);
        var again = await UploadAsync(picture);
        var name = Convert.ToHexStringLower(SHA256.HashData(picture));

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK), (first.Status, again.Status));
        Assert.Equal($$"""{"sha256":"{{name}}","bytes":{{picture.Length}},"width":40,"height":40}""", first.Body);
        Assert.Equal(first.Body, again.Body);

        using var got = await Node.Http.GetAsync($"/v1/blobs/{name.ToUpperInvariant()}?tenant={tenant}");
        Assert.Equal(picture, await got.Content.ReadAsByteArrayAsync());
        Assert.Equal("image/jpeg", got.Content.Headers.ContentType!.MediaType);
        Assert.Equal("max-age=31536000, private, immutable", string.Join(", ", got.Headers.GetValues("Cache-Control")));
        Assert.Equal(["nosniff"], got.Headers.GetValues("X-Content-Type-Options"));

        using var head = await SendAsync(HttpMethod.Head, $"/v1/blobs/{name}?tenant={tenant}");
        Assert.Equal((HttpStatusCode.OK, picture.Length), (head.StatusCode, head.Content.Headers.ContentLength));
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        using var known = await SendAsync(HttpMethod.Get, $"/v1/blobs/{name}?tenant={tenant}", ("If-None-Match", got.Headers.ETag!.ToString()));
        Assert.Equal(HttpStatusCode.NotModified, known.StatusCode);

        foreach (var path in (string[])[$"/v1/blobs/{name}", $"/v1/blobs/{name}?tenant=other-{tenant}", $"/v1/blobs/{Nothing}?tenant={tenant}"])
        {
            using var missing = await Node.Http.GetAsync(path);
            Assert.Equal((HttpStatusCode.NotFound, "application/problem+json"), (missing.StatusCode, missing.Content.Headers.ContentType!.MediaType));
        }
    }

    [Fact]
    public async Task What_is_no_picture_or_names_none_is_refused()
    {
        (await UploadAsync("<svg/>"u8.ToArray())).AssertRefused(HttpStatusCode.BadRequest, "$");
        (await UploadAsync([])).AssertRefused(HttpStatusCode.BadRequest, "$");
        (await UploadAsync(Pictures.Fixture("other.gif"))).AssertRefused(HttpStatusCode.BadRequest, "$");
        (await UploadAsync(Pictures.PngThatClaims(30_000, 30_000))).AssertRefused(HttpStatusCode.BadRequest, "$");
        (await Node.PostAsync("/v1/blobs?tenant=a%20b", new ByteArrayContent(Pictures.Png(1)))).AssertRefused(HttpStatusCode.BadRequest, "tenant");
        using var unnamed = await Node.Http.GetAsync("/v1/blobs/abc");
        Assert.Equal("sha256", (string?)(await unnamed.Content.ReadFromJsonAsync<JsonObject>())!["field"]);
        Assert.Equal(0, await shared.Database.ScalarAsync<long>($"SELECT count(*) FROM uvlm.blob WHERE tenant = '{tenant}'"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task More_than_a_picture_may_have_is_refused_with_or_without_its_length_known(bool lengthIsKnown)
    {
        var tooMuch = (byte[])[.. Pictures.Png(1), .. new byte[(32 << 20) + 1]];
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/blobs?tenant={tenant}") { Content = new ByteArrayContent(tooMuch) };
        request.Headers.TransferEncodingChunked = !lengthIsKnown;
        request.Headers.ExpectContinue = lengthIsKnown;
        using var response = await Node.Http.SendAsync(request);
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "application/problem+json"), (response.StatusCode, response.Content.Headers.ContentType!.MediaType));
    }

    [Fact]
    public async Task Uploads_that_fill_the_memory_for_them_send_the_next_one_back()
    {
        var open = new List<TcpClient>();
        try
        {
            // Who does not say how much is coming is charged the most it may be; and who then sends nothing is cut off after some seconds, so that there is always one more.
            var retryAfter = "";
            await Waiting.UntilAsync(
                async () =>
                {
                    open.Add(new TcpClient(Node.Http.BaseAddress!.Host, Node.Http.BaseAddress.Port));
                    await open[^1].GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST /v1/blobs?tenant={tenant} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"));
                    using var reply = await Node.Http.PostAsync($"/v1/blobs?tenant={tenant}", new ByteArrayContent(Pictures.Png(1)));
                    retryAfter = reply.Headers.RetryAfter?.ToString();
                    return reply.StatusCode == HttpStatusCode.TooManyRequests;
                },
                () => $"the node is full after {open.Count} uploads");
            Assert.Equal("1", retryAfter);
        }
        finally
        {
            open.ForEach(static client => client.Dispose());
        }

        await Waiting.UntilAsync(async () => (await UploadAsync(Pictures.Png(1))).Status == HttpStatusCode.OK, () => "the node has room again");
    }

    [Fact]
    public async Task The_same_picture_by_name_or_within_is_the_same_document_from_every_source()
    {
        var picture = Pictures.Disc(3);
        var name = await NameOfUploadAsync(picture);
        var named = new JsonObject { ["type"] = "image", ["blob"] = name, ["alt"] = "A disc." };
        var within = new JsonObject { ["type"] = "image", ["data"] = Convert.ToBase64String(picture), ["alt"] = "A disc." };

        await Node.PushAsync(Document("pushed", 1, named.DeepClone()));
        await shared.UntilStoredAsync(tenant, 1);
        await Node.PushAsync(Document("pushed", 2, within.DeepClone()));
        await UntilVersionAsync("pushed", 2);
        await shared.Broker.SendAsync(SharedNode.Topic, 0, [Record(Document("read", 1, within)), Record(Document("read", 2, named))]);
        await UntilVersionAsync("read", 2);

        // Stored once each and never changed.
        Assert.Equal(["pushed|1|True", "read|1|True"], await shared.Database.RowsAsync($"""
            SELECT d.id, d.sequence, encode(r.sha256, 'hex') = '{name}' FROM uvlm.document d JOIN uvlm.document_blob r USING (tenant, id) WHERE tenant = '{tenant}' ORDER BY 1
            """));
        var found = await Node.PostAsync("/v1/search", new JsonObject { ["parts"] = new JsonArray(new JsonObject { ["type"] = "image", ["data"] = Convert.ToBase64String(picture) }), ["tenant"] = tenant });
        Assert.Equal(2, found.Json["hits"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_picture_that_nobody_or_another_uploaded_is_a_dead_letter_that_names_it()
    {
        await NameOfUploadAsync(Pictures.Png(4), $"other-{tenant}");
        var name = Convert.ToHexStringLower(SHA256.HashData(Pictures.Png(4)));
        await Node.PushAsync(Document("lost", 1, new JsonObject { ["type"] = "image", ["blob"] = name }));
        await shared.Database.UntilAsync($"SELECT count(*) = 1 FROM uvlm.dead_letter WHERE tenant = '{tenant}'");
        Assert.Equal(["lost|fetch|parts[0].blob"], await shared.Database.RowsAsync($"SELECT document_id, stage, field FROM uvlm.dead_letter WHERE tenant = '{tenant}'"));
    }

    private async Task UntilVersionAsync(string id, int version) => await shared.Database.UntilAsync(
        $"SELECT EXISTS (SELECT FROM uvlm.document WHERE tenant = '{tenant}' AND id = '{id}' AND version = {version})",
        () => $"{id} has version {version}:\n{Node.Process.Output}");

    private Task<Reply> UploadAsync(byte[] picture, string? owner = null) => Node.PostAsync($"/v1/blobs?tenant={owner ?? tenant}", new ByteArrayContent(picture));

    private async Task<string> NameOfUploadAsync(byte[] picture, string? owner = null) => (string)(await UploadAsync(picture, owner)).Json["sha256"]!;

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await Node.Http.SendAsync(request);
    }

    private JsonObject Document(string id, int version, params JsonNode[] parts)
        => new() { ["id"] = id, ["version"] = version, ["tenant"] = tenant, ["parts"] = new JsonArray(parts) };

    private static KafkaRecord Record(JsonObject document) => new(Encoding.UTF8.GetBytes((string)document["id"]!), Encoding.UTF8.GetBytes(document.ToJsonString()));
}
