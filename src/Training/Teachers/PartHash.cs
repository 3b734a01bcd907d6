using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using UnifiedVlm.Training.Samples;

namespace UnifiedVlm.Training.Teachers;

/// <summary>
/// Names a part by its content: SHA-256 of <c>T</c> and the text's UTF-8 bytes, or of <c>P</c>, the side as a little-endian int32 and
/// the RGB bytes. So that any program can compute it; docs/training.md has it in Python.
/// </summary>
public readonly record struct PartHash(UInt128 High, UInt128 Low)
{
    /// <summary>Bytes of a hash.</summary>
    public const int Size = 32;

    public static PartHash Of(ContentPart part)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        switch (part)
        {
            case TextContent text:
                hash.AppendData("T"u8);
                hash.AppendData(Encoding.UTF8.GetBytes(text.Text));
                break;
            case PictureContent { Picture: var picture }:
                Span<byte> side = stackalloc byte[sizeof(int)];
                BinaryPrimitives.WriteInt32LittleEndian(side, picture.Side);
                hash.AppendData("P"u8);
                hash.AppendData(side);
                hash.AppendData(picture.Rgb.Span);
                break;
            default:
                throw new ArgumentException($"a part of type {part.GetType().Name} is neither text nor picture", nameof(part));
        }

        Span<byte> bytes = stackalloc byte[Size];
        hash.GetHashAndReset(bytes);
        return FromBytes(bytes);
    }

    /// <param name="bytes">32 bytes.</param>
    public static PartHash FromBytes(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(bytes), BinaryPrimitives.ReadUInt128BigEndian(bytes[16..]));

    /// <summary>64 hexadecimal digits.</summary>
    public override string ToString() => $"{High:x32}{Low:x32}";
}
