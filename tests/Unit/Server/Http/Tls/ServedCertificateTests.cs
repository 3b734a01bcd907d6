using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using UnifiedVlm.Server.Cli;
using UnifiedVlm.Server.Hosting;
using UnifiedVlm.Server.Http.Tls;
using UnifiedVlm.Tests.Unit.Streams;

namespace UnifiedVlm.Tests.Unit.Server.Http.Tls;

public sealed class ServedCertificateTests : IDisposable
{
    private readonly ManualTime time = new();
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("uvlm-tls-");
    private readonly string certificate;
    private readonly string key;

    public ServedCertificateTests() => (certificate, key) = (Path.Combine(folder.FullName, "c.pem"), Path.Combine(folder.FullName, "k.pem"));

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void A_renewed_pair_is_taken_and_half_of_one_is_not()
    {
        Write(Make("one"));
        var served = Open();
        Assert.Equal("CN=one", Subject(served));

        var (next, nextKey) = Make("two");
        File.WriteAllText(certificate, next);
        Assert.Equal("CN=one", Subject(served));
        Advance();
        Assert.Equal("CN=one", Subject(served));
        File.WriteAllText(key, nextKey);
        Advance();
        Assert.Equal("CN=two", Subject(served));

        File.Delete(certificate);
        Advance();
        Assert.Equal("CN=two", Subject(served));
    }

    [Fact]
    public void An_encrypted_key_needs_its_password()
    {
        using var own = RSA.Create(2048);
        File.WriteAllText(certificate, Certificate(own, "one"));
        File.WriteAllText(key, own.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));
        Assert.Equal("CN=one", Subject(Open("secret")));
        foreach (var wrong in (string[])["", "other"])
        {
            var message = Assert.Throws<UsageException>(() => Open(wrong)).Message;
            Assert.Contains("--tls-key-password", message, StringComparison.Ordinal);
            Assert.DoesNotContain("other", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_certificates_in_between_are_kept()
    {
        var now = DateTimeOffset.UtcNow;
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var betweenKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var ownKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var root = Authority("root", rootKey).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        using var between = Authority("between", betweenKey).Create(root, now.AddHours(-1), now.AddHours(1), [1]).CopyWithPrivateKey(betweenKey);
        using var own = new CertificateRequest("CN=own", ownKey, HashAlgorithmName.SHA256).Create(between, now.AddMinutes(-1), now.AddMinutes(30), [2]);
        Write((own.ExportCertificatePem() + "\n" + between.ExportCertificatePem(), ownKey.ExportPkcs8PrivateKeyPem()));
        Assert.Equal(["CN=between"], Open().Current().IntermediateCertificates.Select(static c => c.Subject));
    }

    [Theory]
    [InlineData(null, "", "--tls-certificate")]
    [InlineData("", "", "--tls-certificate")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "", "--tls-certificate")]
    [InlineData("own", null, "--tls-key")]
    [InlineData("own", "", "--tls-key")]
    [InlineData("own", "another", "--tls-key")]
    public void What_is_no_pair_is_refused_by_the_option_that_names_it(string? first, string? second, string option)
    {
        if (first is not null)
            File.WriteAllText(certificate, first == "own" ? Make("own").Certificate : first);
        if (second is not null)
            File.WriteAllText(key, second == "another" ? Make("another").Key : second);
        Assert.StartsWith(option, Assert.Throws<UsageException>(() => Open()).Message, StringComparison.Ordinal);
    }

    private ServedCertificate Open(string password = "") => new(new CertificateFiles(certificate, key, password), time, NullLogger<ServedCertificate>.Instance);

    private void Write((string Certificate, string Key) pair)
    {
        File.WriteAllText(certificate, pair.Certificate);
        File.WriteAllText(key, pair.Key);
    }

    private void Advance() => time.Advance(TimeSpan.FromSeconds(3));

    private static string Subject(ServedCertificate served) => served.Current().TargetCertificate.Subject;

    private static CertificateRequest Authority(string name, ECDsa key) => new($"CN={name}", key, HashAlgorithmName.SHA256)
    {
        CertificateExtensions = { new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true) },
    };

    private static (string Certificate, string Key) Make(string name)
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", own, HashAlgorithmName.SHA256);
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return (made.ExportCertificatePem(), own.ExportPkcs8PrivateKeyPem());
    }

    private static string Certificate(RSA own, string name)
    {
        using var made = new CertificateRequest($"CN={name}", own, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return made.ExportCertificatePem();
    }
}
