using System.Runtime.InteropServices;
using System.Text;
using UnifiedVlm.Torch.Native;

namespace UnifiedVlm.Torch.Imaging;

/// <summary>src/Native/image/image.h.</summary>
internal static unsafe partial class ImageNative
{
    private const int ExpectedAbiVersion = 1;

    static ImageNative()
    {
        if (uvlm_image_abi_version() is var version and not ExpectedAbiVersion)
        {
            throw new DllNotFoundException(
                $"libuvlm_image.so has ABI version {version}, not {ExpectedAbiVersion}. Run deploy/install.sh to rebuild it.");
        }
    }

    internal enum Status
    {
        Ok = 0,
        UnsupportedFormat = 1,
        TooLarge = 2,
        Truncated = 3,
        Corrupt = 4,
        OutOfMemory = 5,
        BadArgument = 6,
    }

    internal struct Limits
    {
        public long MaxBytes;
        public long MaxPixels;
        public int MaxSide;
    }

    internal struct Info
    {
        public ImageFormat Format;
        public int Width;
        public int Height;
        public int Channels;
        public int Frames;
        public int Orientation;
        public long DecodeBytes;

        public readonly ImageInfo ToImageInfo() => new(Format, Width, Height, Channels, Frames, Orientation, DecodeBytes);
    }

    internal struct Error
    {
        private const int DetailLength = 160;

        public ImageLimit Limit;
        public long Value;
        public long Allowed;
        private fixed byte detail[DetailLength];

        public string Detail
        {
            get
            {
                fixed (byte* start = detail)
                {
                    var text = new ReadOnlySpan<byte>(start, DetailLength);
                    return Encoding.ASCII.GetString(text[..text.IndexOf((byte)0)]);
                }
            }
        }
    }

    [LibraryImport(NativeLibraries.Image)]
    internal static partial int uvlm_image_abi_version();

    [LibraryImport(NativeLibraries.Image)]
    internal static partial Status uvlm_image_probe(byte* data, long size, Limits* limits, Info* info, Error* error);

    [LibraryImport(NativeLibraries.Image)]
    internal static partial Status uvlm_image_decode_normalized(
        byte* data, long size, Limits* limits, int target, ResizeMode resize, float* mean, float* std, float* pixels, Info* info, Error* error);

    [LibraryImport(NativeLibraries.Image)]
    internal static partial Status uvlm_image_decode_rgb(byte* data, long size, Limits* limits, int width, int height, byte* pixels, Error* error);

    [LibraryImport(NativeLibraries.Image)]
    internal static partial Status uvlm_image_encode(
        ImageFormat format, byte* pixels, int width, int height, int quality, byte** file, long* size, Error* error);

    [LibraryImport(NativeLibraries.Image)]
    internal static partial void uvlm_image_free(byte* file);

    internal static void ThrowIfFailed(Status status, in Error error)
    {
        if (status == Status.Ok)
            return;
        throw status switch
        {
            Status.UnsupportedFormat => new ImageException(
                ImageError.UnsupportedFormat, $"The picture can't be read: {error.Detail}", "Send a JPEG, PNG or WebP file"),
            Status.TooLarge => TooLarge(error),
            Status.Truncated => new ImageException(ImageError.Truncated, $"The picture is cut short: {error.Detail}", "Send the whole file"),
            Status.Corrupt => new ImageException(ImageError.Corrupt, $"The picture is damaged: {error.Detail}", "Save it again and send that file"),
            Status.OutOfMemory => new OutOfMemoryException("there is no memory to decode the picture"),
            _ => new InvalidOperationException($"libuvlm_image refused its arguments (status {status})"),
        };
    }

    private static ImageException TooLarge(in Error error)
    {
        var (problem, fix) = error.Limit switch
        {
            ImageLimit.Bytes => ($"The picture's file has {error.Value} bytes; at most {error.Allowed} are taken", "Save it smaller"),
            ImageLimit.Side => ($"The picture's longer side is {error.Value} pixels; at most {error.Allowed} are taken", "Scale it down"),
            ImageLimit.Pixels => ($"The picture has {error.Value} pixels; at most {error.Allowed} are taken", "Scale it down"),
            _ => ("The picture is an animation; only pictures that stand still are taken", "Send one frame of it"),
        };
        return new ImageException(ImageError.TooLarge, problem, fix, error.Limit);
    }
}
