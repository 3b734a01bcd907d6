using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using UnifiedVlm.Server.Cli;
using UnifiedVlm.Server.Hosting;

namespace UnifiedVlm.Server.Http.Tls;

/// <summary>
/// The certificate that is shown to clients. When the files change, the next connections get the new one; a pair that does not fit, as there is in the
/// middle of a renewal, leaves the old one in place.
/// </summary>
internal sealed partial class ServedCertificate
{
    /// <summary>The files are read again with a connection that comes so long after the last look: a few kilobytes, and links that are switched are seen too.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);

    private readonly CertificateFiles files;
    private readonly TimeProvider time;
    private readonly ILogger<ServedCertificate> logger;
    private readonly Lock gate = new();
    private Pair pair;
    private string? refused;
    private long lookedAt;
    private volatile SslStreamCertificateContext current;

    /// <exception cref="UsageException">A file can't be read, or the two are no certificate with its key.</exception>
    public ServedCertificate(CertificateFiles files, TimeProvider time, ILogger<ServedCertificate> logger)
    {
        this.files = files;
        this.time = time;
        this.logger = logger;
        lookedAt = time.GetTimestamp();
        pair = Pair.Read(files);
        current = Take(pair);
    }

    public SslServerAuthenticationOptions Options => new()
    {
        ServerCertificateContext = Current(),
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
    };

    public SslStreamCertificateContext Current()
    {
        // One connection looks, the others go on.
        if (!gate.TryEnter())
            return current;
        try
        {
            if (time.GetElapsedTime(lookedAt) >= LookAgain)
            {
                Look();
                lookedAt = time.GetTimestamp();
            }

            return current;
        }
        finally
        {
            gate.Exit();
        }
    }

    private void Look()
    {
        try
        {
            var found = Pair.Read(files);
            if (found == pair)
                return;
            // The one before is left to the collector: connections may be using it.
            current = Take(found);
            (pair, refused) = (found, null);
        }
        catch (UsageException error)
        {
            if (error.Message != refused)
                LogKept(logger, error.Message);
            refused = error.Message;
        }
    }

    private SslStreamCertificateContext Take(Pair read)
    {
        var context = read.Load(files);
        var certificate = context.TargetCertificate;
        if (certificate.NotAfter.ToUniversalTime() < time.GetUtcNow().UtcDateTime)
            LogExpired(logger, certificate.Subject, certificate.NotAfter.ToUniversalTime());
        else
            LogTaken(logger, certificate.Subject, certificate.NotAfter.ToUniversalTime());
        return context;
    }

    [LoggerMessage(5110, LogLevel.Information, "The TLS certificate of {Subject} is valid until {Until:u}")]
    private static partial void LogTaken(ILogger logger, string subject, DateTime until);

    [LoggerMessage(5111, LogLevel.Warning, "The TLS certificate of {Subject} has expired at {Until:u}: clients will refuse it")]
    private static partial void LogExpired(ILogger logger, string subject, DateTime until);

    [LoggerMessage(5112, LogLevel.Warning, "The TLS certificate has changed and is not taken, the one before stays: {Problem}")]
    private static partial void LogKept(ILogger logger, string problem);

    private sealed record Pair(string Certificate, string Key)
    {
        public static Pair Read(CertificateFiles files) => new(Read(HttpSettings.CertificateName, files.Certificate), Read(HttpSettings.KeyName, files.Key));

        public SslStreamCertificateContext Load(CertificateFiles files)
        {
            var chain = new X509Certificate2Collection();
            try
            {
                chain.ImportFromPem(Certificate);
            }
            catch (CryptographicException error)
            {
                throw new UsageException($"{HttpSettings.CertificateName}: {files.Certificate} holds a certificate that can't be read. {error.Message}");
            }

            if (chain.Count == 0)
                throw new UsageException($"{HttpSettings.CertificateName}: {files.Certificate} holds no certificate in PEM (-----BEGIN CERTIFICATE-----).");
            try
            {
                var own = files.KeyPassword.Length == 0 ? X509Certificate2.CreateFromPem(Certificate, Key) : X509Certificate2.CreateFromEncryptedPem(Certificate, Key, files.KeyPassword);
                return SslStreamCertificateContext.Create(own, [.. chain.Skip(1)], offline: true);
            }
            catch (Exception error) when (error is CryptographicException or ArgumentException)
            {
                throw new UsageException(
                    $"{HttpSettings.KeyName}: {files.Key} is not the private key, in PEM, of the certificate in {files.Certificate}; an encrypted one needs {HttpSettings.KeyPasswordName}.");
            }
        }

        private static string Read(string option, string path)
        {
            try
            {
                return File.ReadAllText(path);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new UsageException($"{option}: {error.Message}");
            }
        }
    }
}
