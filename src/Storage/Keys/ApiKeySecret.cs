using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace UnifiedVlm.Storage.Keys;

/// <summary>A key as its holder has it, <c>uvlm_ID_SECRET</c> in hexadecimal digits. The id is public and finds the row; the secret is 256 random bits.</summary>
public sealed class ApiKeySecret
{
    public const string Prefix = "uvlm_";

    private const int IdLength = 12;
    private const int SecretBytes = 32;

    private static readonly int Length = Prefix.Length + IdLength + 1 + (2 * SecretBytes);

    private readonly byte[] _secret;

    private ApiKeySecret(string id, byte[] secret)
    {
        Id = id;
        _secret = secret;
    }

    public string Id { get; }

    /// <summary>SHA-256. No salt and no slow hash: those make it dear to guess a password, and nobody guesses 256 random bits.</summary>
    internal byte[] Digest => SHA256.HashData(_secret);

    public static ApiKeySecret Create() => new(RandomNumberGenerator.GetHexString(IdLength, lowercase: true), RandomNumberGenerator.GetBytes(SecretBytes));

    public static bool TryParse(string? text, [NotNullWhen(true)] out ApiKeySecret? key)
    {
        key = null;
        if (text?.Length != Length || !text.StartsWith(Prefix, StringComparison.Ordinal) || text[Prefix.Length + IdLength] != '_')
            return false;
        var (id, secret) = (text[Prefix.Length..(Prefix.Length + IdLength)], text[(Prefix.Length + IdLength + 1)..]);
        if (!id.All(char.IsAsciiHexDigitLower) || !secret.All(char.IsAsciiHexDigitLower))
            return false;
        key = new ApiKeySecret(id, Convert.FromHexString(secret));
        return true;
    }

    /// <summary>The whole key: for its holder alone.</summary>
    public string Reveal() => $"{Prefix}{Id}_{Convert.ToHexStringLower(_secret)}";

    /// <summary>Without the secret, so that no message shows it by accident.</summary>
    public override string ToString() => $"{Prefix}{Id}_***";
}
