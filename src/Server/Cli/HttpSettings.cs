using System.CommandLine;
using UnifiedVlm.Documents;
using UnifiedVlm.Server.Hosting;

namespace UnifiedVlm.Server.Cli;

/// <summary>Where a node listens, who may call it, and what a call may cost before it is read.</summary>
internal sealed class HttpSettings
{
    public const string CertificateName = "--tls-certificate";
    public const string KeyName = "--tls-key";
    public const string KeyPasswordName = "--tls-key-password";

    private const string UrlName = "--url";
    private const string KeyPasswordVariable = "UVLM_TLS_KEY_PASSWORD";
    private const int Mega = 1 << 20;

    private static readonly int LargestBody = (int)(DocumentLimits.Default.MaxDocumentBytes / Mega);

    private readonly Option<string> url = Setting.Text(UrlName, "UVLM_URL", Defaults.Url, "Address to listen on; port 0 takes a free one");

    private readonly Option<string> auth = Setting.Text("--auth", "UVLM_AUTH", "",
        "none: whoever reaches the address may do everything; keys: calls need a key of 'uvlm key create'. Has to be given where others than this machine reach the address");

    private readonly Option<string[]> origins = Setting.List("--cors-origin", "UVLM_CORS_ORIGINS",
        "Origin whose pages may call this node from a browser, such as https://app.example.org; may be given several times");

    private readonly Option<string> certificate = Setting.Text(CertificateName, "UVLM_TLS_CERTIFICATE", "",
        "PEM file of the certificate, with those in between after it; for https addresses. Read again when it changes");

    private readonly Option<string> key = Setting.Text(KeyName, "UVLM_TLS_KEY", "", "PEM file of the certificate's private key");

    private readonly Option<string> keyPassword = Secret.Text(KeyPasswordName, KeyPasswordVariable, "Password of an encrypted private key");

    private readonly Option<int> maxBody = Setting.Number("--max-body-mb", "UVLM_MAX_BODY_MB", LargestBody, $"Megabytes of the largest request, at most {LargestBody}", minimum: 1);

    private readonly Option<int> connections = Setting.Number("--max-connections", "UVLM_MAX_CONNECTIONS", 1024, "Connections at a time; a further one is closed", minimum: 1);

    public void AddTo(Command command)
    {
        maxBody.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() > LargestBody)
                result.AddError($"{maxBody.Name} must be at most {LargestBody}: no document may be larger.");
        });
        foreach (var option in new Option[] { url, auth, origins, certificate, key, keyPassword, maxBody, connections })
            command.Options.Add(option);
    }

    /// <exception cref="UsageException">Something of it can't be, or does not go together.</exception>
    public HttpOptions Read(ParseResult result)
    {
        var addresses = ListenAddress.Parse(UrlName, result.GetValue(url)!);
        return new HttpOptions(
            string.Join(';', addresses.Select(static a => a.Text)),
            addresses.All(static a => a.IsLocal),
            Auth(result.GetValue(auth)!, addresses),
            result.GetValue(auth)!.Length == 0,
            [.. result.GetValue(origins)!.Select(Origin)],
            Certificate(result, addresses),
            (long)result.GetValue(maxBody) * Mega,
            result.GetValue(connections));
    }

    private AuthMode Auth(string given, IReadOnlyList<ListenAddress> addresses) => given switch
    {
        "none" => AuthMode.None,
        "keys" => AuthMode.Keys,
        "" when addresses.FirstOrDefault(static a => !a.IsLocal) is { } reachable => throw new UsageException(
            $"{UrlName} {reachable.Text} can be reached from other machines: give {auth.Name} keys, and make keys with 'uvlm key create'; or {auth.Name} none to let everybody in."),
        "" => AuthMode.None,
        _ => throw new UsageException($"{auth.Name} '{given}' is neither none nor keys."),
    };

    private string Origin(string text) => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0
            && uri.GetLeftPart(UriPartial.Authority) == text
        ? text
        : throw new UsageException($"{origins.Name} '{text}' is no origin. Write it as a browser sends it: https://app.example.org, without a path, with a port only where it is not the usual one.");

    private CertificateFiles? Certificate(ParseResult result, IReadOnlyList<ListenAddress> addresses)
    {
        var (certificateFile, keyFile) = (result.GetValue(certificate)!, result.GetValue(key)!);
        if ((certificateFile.Length == 0) != (keyFile.Length == 0))
            throw new UsageException($"{CertificateName} and {KeyName} go together: give both.");
        if (certificateFile.Length == 0)
        {
            return addresses.FirstOrDefault(static a => a.IsTls) is { } tls
                ? throw new UsageException($"{UrlName} {tls.Text} needs {CertificateName} and {KeyName}.")
                : null;
        }

        return addresses.FirstOrDefault(static a => !a.IsTls) is { } plain
            ? throw new UsageException($"{UrlName} {plain.Text} would not use {CertificateName}. Write https://.")
            : new CertificateFiles(Path.GetFullPath(certificateFile), Path.GetFullPath(keyFile), Secret.Read(result, keyPassword, KeyPasswordVariable));
    }
}
