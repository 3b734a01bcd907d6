"""Writes every picture of this folder. Needs Python 3, Pillow (with WebP) and libjpeg-turbo's cjpeg; the results are kept in the repository, so
tests need none of them.

    python3 make_fixtures.py
"""
import io
import os
import struct
import subprocess
import tempfile
import zlib

from PIL import Image, ImageDraw, ImageOps

W, H = 46, 30  # no multiple of a JPEG block, so that edges are exercised


def scene():
    """Smooth, in colour, and different from every turned or mirrored copy of itself."""
    image = Image.new("RGB", (W, H))
    for y in range(H):
        for x in range(W):
            image.putpixel((x, y), (40 + 4 * x, 60 + 5 * y, 220 - 3 * x - 2 * y))
    draw = ImageDraw.Draw(image)
    draw.rectangle([3, 3, 14, 9], fill=(230, 30, 30))
    draw.rectangle([30, 18, 41, 25], fill=(20, 60, 200))
    return image


def alpha_mask():
    mask = Image.new("L", (W, H))
    for y in range(H):
        for x in range(W):
            mask.putpixel((x, y), min(255, 8 * x))
    return mask


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, color, rows, interlace=0, before=b"", after=b""):
    """A PNG from ready filtered rows."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlace))
    return b"\x89PNG\r\n\x1a\n" + header + before + chunk(b"IDAT", zlib.compress(rows, 9)) + after + chunk(b"IEND", b"")


def unfiltered(pixel_rows):
    return b"".join(b"\0" + row for row in pixel_rows)


def rows_of(image, doubled=False):
    data, width = image.tobytes(), image.width * len(image.getbands())
    rows = [data[y * width:(y + 1) * width] for y in range(image.height)]
    return [bytes(v for value in row for v in (value, value)) for row in rows] if doubled else rows


def adam7(image):
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    rows = []
    for x0, y0, dx, dy in passes:
        for y in range(y0, image.height, dy):
            row = b"".join(bytes(image.getpixel((x, y))) for x in range(x0, image.width, dx))
            if row:
                rows.append(row)
    return unfiltered(rows)


def tiff(orientation, order="<"):
    mark = b"II" if order == "<" else b"MM"
    return mark + struct.pack(order + "HIHHHIHHI", 42, 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def stored_for(orientation, image):
    """The stored picture that `orientation` turns into `image`."""
    T = Image.Transpose
    inverse = {1: None, 2: T.FLIP_LEFT_RIGHT, 3: T.ROTATE_180, 4: T.FLIP_TOP_BOTTOM, 5: T.TRANSPOSE, 6: T.ROTATE_90, 7: T.TRANSVERSE, 8: T.ROTATE_270}[orientation]
    stored = image if inverse is None else image.transpose(inverse)
    return stored


def write(name, data):
    with open(name, "wb") as file:
        file.write(data)


def jpeg(image, quality=95, **options):
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, **options)
    return out.getvalue()


def segments(data):
    """(marker, segment) up to the start of the scan, then (None, rest)."""
    position = 2
    while True:
        marker = data[position + 1]
        if marker == 0xDA:
            yield None, data[position:]
            return
        length = struct.unpack(">H", data[position + 2:position + 4])[0]
        yield marker, data[position:position + 2 + length]
        position += 2 + length


def inks(image):
    """Cyan, magenta, yellow and as much black as there can be; 255 is full ink."""
    result = Image.new("CMYK", image.size)
    for y in range(image.height):
        for x in range(image.width):
            r, g, b = image.getpixel((x, y))
            light = max(r, g, b, 1)
            result.putpixel((x, y), tuple(255 - v * 255 // light for v in (r, g, b)) + (255 - light,))
    return result


def ycck(cmyk):
    """CMYK as Y, Cb, Cr of its complement beside K, in the file Pillow would write for CMYK; only the Adobe marker's transform differs."""
    c, m, y, k = cmyk.split()
    # Pillow stores complements (255 - ink); YCCK in Adobe's way is YCbCr of those complements taken as CMY.
    transformed = Image.merge("RGB", (c, m, y)).convert("YCbCr").split()
    data = jpeg(Image.merge("CMYK", tuple(band.point(lambda v: 255 - v) for band in transformed) + (k,)), subsampling=0)
    result = data[:2]
    for marker, segment in segments(data):
        result += segment[:-1] + b"\x02" if marker == 0xEE else segment
    return result


def without_adobe(cmyk):
    data = jpeg(cmyk.point(lambda v: 255 - v), subsampling=0)
    return data[:2] + b"".join(segment for marker, segment in segments(data) if marker != 0xEE)


def many_scans(image):
    """A correct progressive file of 97 scans; cjpeg writes 100 at most."""
    bands = [(0, k, k) for k in range(1, 64)] + [(1, k, k) for k in range(1, 32)] + [(1, 32, 63), (2, 1, 63)]
    script = "0 1 2: 0-0, 0, 0;\n" + "".join(f"{component}: {first}-{last}, 0, 0;\n" for component, first, last in bands)
    with tempfile.TemporaryDirectory() as folder:
        scans, source = os.path.join(folder, "scans"), os.path.join(folder, "source.ppm")
        write(scans, script.encode())
        image.save(source)
        return subprocess.run(["cjpeg", "-scans", scans, source], check=True, capture_output=True).stdout


def main():
    image, mask = scene(), alpha_mask()
    rgba = image.copy()
    rgba.putalpha(mask)
    on_white = Image.alpha_composite(Image.new("RGBA", image.size, "white"), rgba).convert("RGB")
    grey = image.convert("L")

    # What the others are compared with.
    image.save("scene.png")
    on_white.save("scene-on-white.png")
    grey.convert("RGB").save("scene-grey.png")

    write("png-rgb16.png", png(W, H, 16, 2, unfiltered(rows_of(image, True))))
    write("png-rgba16.png", png(W, H, 16, 6, unfiltered(rows_of(rgba, True))))
    write("png-grey16.png", png(W, H, 16, 0, unfiltered(rows_of(grey, True))))
    write("png-interlaced.png", png(W, H, 8, 2, adam7(image), 1))
    write("png-interlaced-rgba.png", png(W, H, 8, 6, adam7(rgba), 1))
    write("png-rgba.png", png(W, H, 8, 6, unfiltered(rows_of(rgba))))
    grey.save("png-grey.png")
    Image.merge("LA", (grey, Image.new("L", image.size, 255))).save("png-grey-alpha.png")
    palette = image.quantize(200, dither=Image.Dither.NONE)
    palette.convert("RGB").save("scene-palette.png")
    palette.save("png-palette.png", bits=8)
    palette.save("png-palette-transparent.png", bits=8, transparency=palette.getpixel((5, 5)))
    transparent = palette.convert("RGB")
    for y in range(H):
        for x in range(W):
            if palette.getpixel((x, y)) == palette.getpixel((5, 5)):
                transparent.putpixel((x, y), (255, 255, 255))
    transparent.save("scene-palette-transparent.png")
    one_bit = grey.point(lambda v: 255 if v > 128 else 0).convert("1")
    one_bit.save("png-one-bit.png")
    one_bit.convert("RGB").save("scene-one-bit.png")
    turned = stored_for(6, image)
    write("png-exif-6.png", png(turned.width, turned.height, 8, 2, unfiltered(rows_of(turned)), after=chunk(b"eXIf", tiff(6))))
    bomb = zlib.compress(bytes(8 << 20), 9)
    write("png-compressed-bombs.png", png(W, H, 8, 2, unfiltered(rows_of(image)),
                                          before=chunk(b"iCCP", b"bomb\0\0" + bomb) + chunk(b"zTXt", b"bomb\0\0" + bomb)))
    write("png-30000.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 30000, 30000, 1, 0, 0, 0, 0)) +
          chunk(b"IDAT", zlib.compress(bytes(200 * 3751), 9)) + chunk(b"IEND", b""))
    image.save("png-animated.png", save_all=True, append_images=[ImageOps.mirror(image)])

    write("jpeg-baseline.jpg", jpeg(image, subsampling=0))
    write("jpeg-420.jpg", jpeg(image, subsampling=2))
    write("jpeg-progressive.jpg", jpeg(image, subsampling=0, progressive=True))
    write("many-scans.jpg", many_scans(image))
    write("jpeg-grey.jpg", jpeg(grey))
    write("jpeg-cmyk-adobe.jpg", jpeg(inks(image), subsampling=0))
    write("jpeg-cmyk-plain.jpg", without_adobe(inks(image)))
    write("jpeg-ycck.jpg", ycck(inks(image)))
    for orientation in range(1, 9):
        exif = b"Exif\0\0" + tiff(orientation, ">" if orientation % 2 else "<")
        write(f"jpeg-exif-{orientation}.jpg", jpeg(stored_for(orientation, image), subsampling=0, exif=exif))

    image.save("webp-lossless.webp", lossless=True)
    image.save("webp-lossy.webp", quality=95)
    rgba.save("webp-alpha-lossless.webp", lossless=True, exact=True)
    rgba.save("webp-alpha-lossy.webp", quality=95)
    stored_for(8, image).save("webp-exif-8.webp", lossless=True, exif=tiff(8))
    image.save("webp-animated.webp", save_all=True, append_images=[ImageOps.mirror(image)])

    image.save("other.gif")
    image.save("other.bmp")

    # Resizing against Pillow's own antialiased bilinear filter.
    for width, height in ((5, 5), (17, 17), (40, 40), (90, 90), (32, 21)):
        image.resize((width, height), Image.Resampling.BILINEAR).save(f"resized-{width}x{height}.png")

    # Large enough for a JPEG to be shrunk while decoding.
    large = image.resize((640, 416), Image.Resampling.BICUBIC)
    write("jpeg-large.jpg", jpeg(large, 85, subsampling=2))
    large.resize((32, 32), Image.Resampling.BILINEAR).save("jpeg-large-32x32.png")


if __name__ == "__main__":
    main()
