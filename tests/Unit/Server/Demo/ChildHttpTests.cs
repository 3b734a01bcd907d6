using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using UnifiedVlm.Server.Demo;

namespace UnifiedVlm.Tests.Unit.Server.Demo;

/// <summary>How the demo calls the processes that it has started.</summary>
public sealed class ChildHttpTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("uvlm-child-");

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData("http://0.0.0.0:7077", "http://127.0.0.1:7077")]
    [InlineData("https://[::]:7077", "https://127.0.0.1:7077")]
    [InlineData("https://127.0.0.1:7077", "https://127.0.0.1:7077")]
    [InlineData("http://[::1]:7077", "http://[::1]:7077")]
    [InlineData("http://localhost:7077", "http://localhost:7077")]
    public void What_listens_on_every_address_is_called_on_this_machines(string said, string called)
    {
        using var http = ChildHttp.Connect(new Uri(said), certificate: null);
        Assert.Equal(new Uri(called), http.BaseAddress);
    }

    [Fact]
    public void The_first_certificate_of_the_file_is_taken_and_no_other_also_when_it_is_renewed()
    {
        using var own = Make();
        using var other = Make();
        var file = Path.Combine(folder.FullName, "c.pem");
        File.WriteAllText(file, own.ExportCertificatePem() + "\n" + other.ExportCertificatePem());
        Assert.True(ChildHttp.IsFirstOf(file, own));
        Assert.False(ChildHttp.IsFirstOf(file, other));
        Assert.False(ChildHttp.IsFirstOf(file, null));

        File.WriteAllText(file, other.ExportCertificatePem());
        Assert.True(ChildHttp.IsFirstOf(file, other));
        Assert.False(ChildHttp.IsFirstOf(file, own));
    }

    /// <summary>All of one name.</summary>
    private static X509Certificate2 Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=node", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
