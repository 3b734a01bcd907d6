using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using UnifiedVlm.Tests.EndToEnd.Support;

namespace UnifiedVlm.Tests.EndToEnd.Http.Access;

/// <summary>What stands before the routes of a node: TLS, other origins, the size of a request.</summary>
public sealed class ServerEdgeTests : IAsyncLifetime
{
    private const string Origin = "https://app.example.org";

    private readonly DataFolder data = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => data.DisposeAsync().AsTask();

    [Fact]
    public async Task A_node_speaks_TLS_with_a_certificate_that_may_change_lets_the_pages_of_an_origin_call_and_reads_no_more_than_it_was_told()
    {
        var first = Write("first");
        await using var node = await ServingNode.StartAsync(
            data, "--url", "https://127.0.0.1:0", "--tls-certificate", data.PathOf("certificate.pem"), "--tls-key", data.PathOf("key.pem"),
            "--auth", "keys", "--cors-origin", Origin, "--max-body-mb", "1", "--log-level", "information");
        var address = node.Http.BaseAddress!;
        Assert.Equal("https", address.Scheme);

        var (shown, version) = await ShakeHandsAsync(address);
        Assert.Equal((first, HttpVersion.Version20), (shown, version));

        // A renewal: the new pair is shown to the next connection, without a restart; half of it was not.
        var second = Write("second");
        await Waiting.UntilAsync(async () => (await ShakeHandsAsync(address)).Shown == second, () => node.Process.Output);

        using var handler = Trusting(null);
        using var http = new HttpClient(handler) { BaseAddress = address };
        using var allowed = await PreflightAsync(http, Origin);
        Assert.Equal((HttpStatusCode.NoContent, Origin), (allowed.StatusCode, allowed.Headers.GetValues("Access-Control-Allow-Origin").Single()));
        Assert.Contains("authorization", allowed.Headers.GetValues("Access-Control-Allow-Headers").Single(), StringComparison.OrdinalIgnoreCase);
        Assert.False(allowed.Headers.Contains("Access-Control-Allow-Credentials"));
        using var refused = await PreflightAsync(http, "https://other.example.org");
        Assert.False(refused.Headers.Contains("Access-Control-Allow-Origin"));
        // So that the page can read why it was refused.
        using var keyless = await http.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/v1/documents") { Headers = { { "Origin", Origin } } });
        Assert.Equal((HttpStatusCode.Unauthorized, Origin), (keyless.StatusCode, keyless.Headers.GetValues("Access-Control-Allow-Origin").Single()));

        var created = await Uvlm.RunAsync(["key", "create", "--name", "x", "--tenant", "a", "--data", data.Root]);
        using var large = new HttpRequestMessage(HttpMethod.Post, "/v1/documents") { Content = new ByteArrayContent(new byte[(1 << 20) + 1]), Headers = { { "X-Api-Key", created.Output } } };
        // Else the client might still be sending when the connection is closed, and would not read why.
        large.Headers.ExpectContinue = true;
        using var tooLarge = await http.SendAsync(large);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooLarge.StatusCode);
        Assert.Contains("1048576", await tooLarge.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pictures_go_up_and_down_over_HTTP_2()
    {
        Write("one");
        await using var node = await ServingNode.StartAsync(
            data, "--url", "https://127.0.0.1:0", "--tls-certificate", data.PathOf("certificate.pem"), "--tls-key", data.PathOf("key.pem"));
        using var handler = Trusting(null);
        using var http = new HttpClient(handler)
        {
            BaseAddress = node.Http.BaseAddress,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var picture = Pictures.Png(1);
        using var up = await http.PostAsync("/v1/blobs", new ByteArrayContent(picture));
        Assert.Equal((HttpStatusCode.Created, HttpVersion.Version20), (up.StatusCode, up.Version));
        Assert.Equal(picture, await http.GetByteArrayAsync(up.Headers.Location));
    }

    [Fact]
    public async Task Without_being_told_so_a_node_lets_no_other_origin_call()
    {
        await using var node = await ServingNode.StartAsync(data);
        using var reply = await PreflightAsync(node.Http, Origin);
        Assert.False(reply.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task A_node_that_others_reach_does_not_start_without_a_word_on_keys()
        => (await Uvlm.RunAsync(["serve", "--url", "http://0.0.0.0:0", "--data", data.Root])).AssertFailedWithOneLine(2, "--url http://0.0.0.0:0", "--auth keys", "--auth none");

    [Fact]
    public async Task A_certificate_that_is_not_there_or_not_the_keys_is_refused_before_anything_starts()
    {
        Write("one");
        var other = data.PathOf("other.pem");
        using (var key = ECDsa.Create(ECCurve.NamedCurves.nistP256))
            await File.WriteAllTextAsync(other, key.ExportPkcs8PrivateKeyPem());
        string[] common = ["serve", "--url", "https://127.0.0.1:0", "--model", "/nowhere", "--data", data.Root, "--log-level", "warning"];
        (await Uvlm.RunAsync([.. common, "--tls-certificate", "/nowhere/c.pem", "--tls-key", other])).AssertFailedWithOneLine(2, "--tls-certificate", "/nowhere/c.pem");
        (await Uvlm.RunAsync([.. common, "--tls-certificate", data.PathOf("certificate.pem"), "--tls-key", other])).AssertFailedWithOneLine(2, "--tls-key", other);
    }

    private static Task<HttpResponseMessage> PreflightAsync(HttpClient http, string origin) => http.SendAsync(new HttpRequestMessage(HttpMethod.Options, "/v1/search")
    {
        Headers = { { "Origin", origin }, { "Access-Control-Request-Method", "POST" }, { "Access-Control-Request-Headers", "authorization,content-type" } },
    });

    /// <returns>The thumbprint of the certificate that a new connection is shown, and the protocol that was agreed on.</returns>
    private static async Task<(string Shown, Version Protocol)> ShakeHandsAsync(Uri address)
    {
        var shown = "";
        using var handler = Trusting(certificate => shown = certificate.Thumbprint);
        using var http = new HttpClient(handler) { BaseAddress = address, DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower };
        using var reply = await http.GetAsync("/alive");
        return (shown, reply.Version);
    }

    private static SocketsHttpHandler Trusting(Action<X509Certificate2>? look) => new()
    {
        Expect100ContinueTimeout = Waiting.Limit,
        SslOptions =
        {
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            {
                look?.Invoke((X509Certificate2)certificate!);
                return true;
            },
        },
    };

    /// <returns>The thumbprint of the pair that lies there now.</returns>
    private string Write(string name) => CertificatePair.Write(data, name);
}
