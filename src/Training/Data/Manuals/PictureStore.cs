using System.Security.Cryptography;
using UnifiedVlm.Model.Checkpoints;
using UnifiedVlm.Torch.Imaging;

namespace UnifiedVlm.Training.Data.Manuals;

/// <summary>Decodes the manuals' pictures as serving does, each once, and keeps the splits' pictures apart.</summary>
internal sealed class PictureStore
{
    private const int Side = ManualFiles.PictureSide;

    /// <summary>A banner or a strip of a toolbar shows nothing once it is square.</summary>
    private const double MaxAspect = 5;

    /// <summary>A picture of one colour, or of a line, has hardly any edge between its cells.</summary>
    private const int MinSpread = 12;

    private static readonly float[] Zero = [0, 0, 0];
    private static readonly float[] Byte = [1 / 255f, 1 / 255f, 1 / 255f];

    private readonly List<byte[]> pictures = [];
    private readonly Dictionary<string, int> byContent = new(StringComparer.Ordinal);
    private readonly Dictionary<DataSplit, List<PerceptualHash>> seen = new()
    {
        [DataSplit.Train] = [],
        [DataSplit.Validation] = [],
        [DataSplit.Test] = [],
    };

    private readonly float[] pixels = new float[3 * Side * Side];

    public int Count => pictures.Count;

    /// <summary>Pictures left out because another split holds one like them.</summary>
    public int NearDuplicates { get; private set; }

    /// <summary>[S,S,3] of a picture that was kept.</summary>
    public ReadOnlySpan<byte> this[int index] => pictures[index];

    /// <summary>The picture's index; null when it is not worth keeping or stands in another split. Give the training pages first.</summary>
    public int? Add(ReadOnlySpan<byte> encoded, DataSplit split)
    {
        if (Decode(encoded) is not { } rgb)
            return null;
        var hash = PerceptualHash.Of(rgb, Side);
        foreach (var (other, known) in seen)
        {
            if (other != split && known.Any(near => near.Distance(hash) <= PerceptualHash.NearDistance))
            {
                NearDuplicates++;
                return null;
            }
        }

        var content = Convert.ToHexString(SHA256.HashData(rgb));
        if (byContent.TryGetValue(content, out var index))
            return index;
        byContent[content] = index = pictures.Count;
        pictures.Add(rgb);
        seen[split].Add(hash);
        return index;
    }

    /// <summary>Writes [n,S,S,3].</summary>
    public void Write(string path) => SafetensorsWriter.Write(
        path,
        [new SafetensorsTensor(ManualFiles.PicturesTensor, TensorType.U8, [pictures.Count, Side, Side, 3], stream => pictures.ForEach(rgb => stream.Write(rgb)))]);

    private byte[]? Decode(ReadOnlySpan<byte> encoded)
    {
        try
        {
            var info = ImageDecoder.DecodeNormalized(encoded, ImageLimits.Default, Side, Zero, Byte, pixels, ResizeMode.Squash);
            if (Math.Max(info.Width, info.Height) > MaxAspect * Math.Min(info.Width, info.Height))
                return null;
        }
        catch (ImageException)
        {
            // A damaged file of the package: the page stands without it.
            return null;
        }

        // [3,S,S] in 0..255 to [S,S,3].
        var rgb = new byte[3 * Side * Side];
        for (var i = 0; i < Side * Side; i++)
        {
            for (var channel = 0; channel < 3; channel++)
                rgb[(3 * i) + channel] = (byte)Math.Clamp(MathF.Round(pixels[(channel * Side * Side) + i]), 0, 255);
        }

        return Spread(rgb) < MinSpread ? null : rgb;
    }

    /// <summary>Standard deviation of the bytes.</summary>
    private static double Spread(byte[] rgb)
    {
        double sum = 0, squares = 0;
        foreach (var value in rgb)
        {
            sum += value;
            squares += (double)value * value;
        }

        return Math.Sqrt(Math.Max(0, (squares / rgb.Length) - (sum / rgb.Length * (sum / rgb.Length))));
    }
}
