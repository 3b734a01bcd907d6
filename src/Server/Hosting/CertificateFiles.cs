namespace UnifiedVlm.Server.Hosting;

/// <summary>Where a certificate and its key lie, in PEM.</summary>
/// <param name="Certificate">The node's own first, then those in between up to the root's.</param>
/// <param name="KeyPassword">Empty: the key is not encrypted.</param>
internal sealed record CertificateFiles(string Certificate, string Key, string KeyPassword)
{
    /// <summary>The password is nobody's to read.</summary>
    public override string ToString() => $"{Certificate}, {Key}";
}
