using System.Security.Cryptography.X509Certificates;
using UnifiedVlm.Server.Cluster;

namespace UnifiedVlm.Server.Demo;

/// <summary>HTTP to a process that the demo has started.</summary>
internal static class ChildHttp
{
    /// <param name="address">As the process says it.</param>
    /// <param name="certificate">PEM file of the certificate that it shows, which is enough, whoever has signed it and for whichever name; no other is. Null: it speaks no TLS.</param>
    public static HttpClient Connect(Uri address, string? certificate)
    {
        var handler = new SocketsHttpHandler();
        if (certificate is not null)
            handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => IsFirstOf(certificate, shown);
        return new HttpClient(handler) { BaseAddress = Reachable(address), Timeout = TimeSpan.FromMinutes(2) };
    }

    /// <summary>Whether the file begins with the certificate; it is read anew each time, as the process does, which takes up a renewed one.</summary>
    public static bool IsFirstOf(string file, X509Certificate? shown)
    {
        using var own = X509Certificate2.CreateFromPem(File.ReadAllText(file));
        return shown is not null && own.RawData.AsSpan().SequenceEqual(shown.GetRawCertData());
    }

    /// <summary>What listens on every address is called on this machine's: nothing connects to a wildcard.</summary>
    private static Uri Reachable(Uri address) => AdvertisedAddress.NamesHost(address.OriginalString) ? address : new UriBuilder(address) { Host = "127.0.0.1" }.Uri;
}
