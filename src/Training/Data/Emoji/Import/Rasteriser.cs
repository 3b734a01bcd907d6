using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using UnifiedVlm.Torch.Imaging;

namespace UnifiedVlm.Training.Data.Emoji.Import;

/// <summary>Turns drawings into sprites with librsvg's <c>rsvg-convert</c>: a sheet of them at once, once over black and once over white.</summary>
internal sealed class Rasteriser(string program = "rsvg-convert")
{
    private const int SheetSide = SvgSheet.Columns * SvgSheet.Cell;

    private static readonly ImageLimits Limits = new() { MaxBytes = 64 << 20, MaxPixels = SheetSide * SheetSide, MaxSide = SheetSide };

    /// <summary>In the order given; null where nothing is drawn. Progress counts drawings.</summary>
    /// <exception cref="DataException">The program is missing or can't draw a sheet.</exception>
    public async Task<IReadOnlyList<byte[]?>> DrawAsync(IReadOnlyList<IconArt> drawings, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        var sprites = new List<byte[]?>(drawings.Count);
        foreach (var batch in drawings.Chunk(SvgSheet.Capacity))
        {
            var svg = Encoding.UTF8.GetBytes(SvgSheet.Compose(batch));
            // Alpha is what tells the two apart, and what is left over black is the premultiplied colour.
            var sheets = await Task.WhenAll(ConvertAsync(svg, "black", cancellationToken), ConvertAsync(svg, "white", cancellationToken));
            for (var i = 0; i < batch.Length; i++)
                sprites.Add(SpriteCutter.Cut(sheets[0], sheets[1], SheetSide, i % SvgSheet.Columns * SvgSheet.Cell, i / SvgSheet.Columns * SvgSheet.Cell, SvgSheet.Cell));
            progress?.Report(sprites.Count);
        }

        return sprites;
    }

    private async Task<byte[]> ConvertAsync(byte[] svg, string background, CancellationToken cancellationToken)
    {
        using var process = Start(background);
        try
        {
            using var png = new MemoryStream();
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            var output = process.StandardOutput.BaseStream.CopyToAsync(png, cancellationToken);
            try
            {
                await process.StandardInput.BaseStream.WriteAsync(svg, cancellationToken);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended before it had read everything; what it says of that follows.
            }

            await output;
            var message = await errors;
            await process.WaitForExitAsync(cancellationToken);
            if (process.ExitCode != 0)
                throw new DataException(program, $"ended with status {process.ExitCode}: {message.Trim()}");
            var sheet = ImageDecoder.DecodeRgb(png.GetBuffer().AsSpan(0, (int)png.Length), Limits);
            return sheet.Width == SheetSide && sheet.Height == SheetSide
                ? sheet.Pixels
                : throw new DataException(program, $"drew {sheet.Width} x {sheet.Height} pixels instead of {SheetSide} x {SheetSide}");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    private Process Start(string background)
    {
        var start = new ProcessStartInfo(program, ["--format=png", $"--background-color={background}", "--unlimited"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new DataException(program, $"can't be started ({e.Message}); install librsvg2-bin with deploy/emoji.sh", e);
        }
    }
}
