using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Documents;
using UnifiedVlm.Streams.Fetching;
using UnifiedVlm.Tests.Unit.Documents;
using UnifiedVlm.Tests.Unit.Streams.Fakes;

namespace UnifiedVlm.Tests.Unit.Streams.Fetching;

/// <summary>Over TLS a host has to prove its name.</summary>
public sealed class FetcherTlsTests
{
    private static readonly byte[] Picture = TestPictures.Png(8, 8);

    [Theory]
    [InlineData("pictures.test", true, true)]
    [InlineData("other.test", true, false)]
    [InlineData("pictures.test", false, false)]
    public async Task A_certificate_has_to_be_of_the_host_and_of_a_trusted_authority(string name, bool trusted, bool fetched)
    {
        var certificate = Certificate(name);
        await using var server = TrickServer.Showing(Picture, certificate: certificate);
        using var fetcher = Fetcher(trusted ? certificate : Certificate("pictures.test"), FetchHost.Parse($"pictures.test:{server.Port}", isPrivate: true));
        var fetching = fetcher.FetchAsync("parts[0].url", new Uri($"https://pictures.test:{server.Port}/"), CancellationToken.None).WaitAsync(Waiting.Limit);
        if (fetched)
        {
            Assert.Equal(Picture, (await fetching).Data.ToArray());
            return;
        }

        Assert.Contains("valid certificate", (await Assert.ThrowsAsync<DocumentRejectedException>(() => fetching)).Message, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_redirect_does_not_lead_out_of_TLS()
    {
        var certificate = Certificate("pictures.test");
        await using var plain = TrickServer.Showing(Picture);
        await using var server = new TrickServer(
            (stream, _, token) => TrickServer.WriteAsync(stream, $"HTTP/1.1 302 Found\r\nLocation: http://plain.test:{plain.Port}/", null, token), certificate);
        using var fetcher = Fetcher(
            certificate, FetchHost.Parse($"pictures.test:{server.Port}", isPrivate: true), FetchHost.Parse($"plain.test:{plain.Port}", isPrivate: true));
        var error = await Assert.ThrowsAsync<DocumentRejectedException>(
            () => fetcher.FetchAsync("parts[0].url", new Uri($"https://pictures.test:{server.Port}/"), CancellationToken.None).WaitAsync(Waiting.Limit));
        Assert.Contains("from https to something else", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, plain.Connections);
    }

    private static PictureFetcher Fetcher(X509Certificate2 root, params FetchHost[] hosts) => new(
        new FetchOptions { Hosts = hosts, AllowHttp = true, TimeLimit = Waiting.Limit, RequestTimeout = Waiting.Limit, ConnectTimeout = Waiting.Limit },
        DocumentLimits.Default, NullLogger.Instance, new FakeResolver("127.0.0.1"), [root], TimeProvider.System);

    /// <summary>Its own authority.</summary>
    private static X509Certificate2 Certificate(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
