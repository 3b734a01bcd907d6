using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using UnifiedVlm.Documents;
using UnifiedVlm.Documents.Images;

namespace UnifiedVlm.Training.Evaluation.Sets;

/// <summary>Tells whether two evaluations were of the same items: a hash of their ids, texts, right answers and the bytes of their pictures, in order.</summary>
internal static class ContentsDigest
{
    /// <returns>SHA-256 in hexadecimal digits.</returns>
    public static string Of(EvaluationSet set)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var pictures = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var item in set.Contents)
        {
            Append(hash, item.Id);
            Append(hash, item.Content.Count);
            foreach (var document in item.Content)
            {
                Append(hash, document.Title ?? "");
                Append(hash, document.Parts.Count);
                foreach (var part in document.Parts)
                    Append(hash, part is TextPart text ? $"t{text.Text}" : $"p{Picture(((ImagePart)part).Source, set.Pictures, pictures)}");
            }

            Append(hash, item.Right.Count);
            foreach (var right in item.Right)
                Append(hash, right);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>By content, for names are the same in many a data set.</summary>
    private static string Picture(ImageSource source, ImageFileResolver? resolver, Dictionary<string, string> known)
    {
        if (source is InlineImage inline)
            return Hash(inline);
        if (source is not FileImage { Path: var path } || resolver is null)
            return source.ToString();
        if (known.TryGetValue(path, out var hash))
            return hash;
        try
        {
            hash = Hash(resolver.Read("path", path));
        }
        catch (DocumentRejectedException)
        {
            // The model is going to say what is wrong with it.
            hash = path;
        }

        known.Add(path, hash);
        return hash;
    }

    private static string Hash(InlineImage picture) => Convert.ToHexStringLower(SHA256.HashData(picture.Data.Span));

    private static void Append(IncrementalHash hash, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Append(hash, bytes.Length);
        hash.AppendData(bytes);
    }

    private static void Append(IncrementalHash hash, int number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
