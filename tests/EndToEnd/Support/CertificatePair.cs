using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace UnifiedVlm.Tests.EndToEnd.Support;

/// <summary>A certificate that nobody else has signed, with its key: <c>certificate.pem</c> and <c>key.pem</c> of a folder.</summary>
internal static class CertificatePair
{
    /// <returns>The thumbprint of the pair that lies there now.</returns>
    public static string Write(DataFolder data, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(data.PathOf("certificate.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(data.PathOf("key.pem"), key.ExportPkcs8PrivateKeyPem());
        return certificate.Thumbprint;
    }
}
