"""Picture files of every kind, generated here; the reference is Pillow where it has an answer."""

import io
import os
import struct
import warnings
import zlib

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from workbench.data.decoding.decoders import decode_all
from workbench.data.decoding.pictures import BrokenPicture, decode, fit_all, read_bytes
from workbench.data.progress import silent

GREY = (1, 24, 32)
COLOUR = (3, 24, 32)


@pytest.fixture(scope="module")
def gradient():
    """A smooth colour picture, 32 wide and 24 high."""
    y, x = np.mgrid[0:24, 0:32]
    return np.stack([8 * x, 10 * y, 255 - 4 * (x + y)], axis=-1).astype(np.uint8)


@pytest.fixture(scope="module")
def ramp16():
    """A 16-bit grey ramp from black to white, 32 wide and 24 high."""
    return np.broadcast_to(np.linspace(0, 65535, 32).round().astype(np.uint16), (24, 32)).copy()


def chw(picture):
    return np.moveaxis(np.atleast_3d(picture), -1, 0)


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "ppm", "webp"])
def test_lossless_formats_come_out_as_they_went_in(gradient, tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(gradient).save(path, **({"lossless": True} if suffix == "webp" else {}))
    assert np.array_equal(decode(path.read_bytes(), COLOUR), chw(gradient))
    assert np.array_equal(decode(path.read_bytes(), GREY), chw(np.asarray(Image.fromarray(gradient).convert("L"))))


@pytest.mark.parametrize("name", ["a.jpg", "a.jfif", "lies.png"])
def test_jpeg_whatever_it_is_called(gradient, tmp_path, name):
    Image.fromarray(gradient).save(tmp_path / name, format="JPEG", quality=95)
    assert np.abs(decode((tmp_path / name).read_bytes(), COLOUR).astype(int) - chw(gradient)).mean() < 3


def test_the_first_of_a_phones_pictures_in_one_file(gradient, tmp_path):
    first = Image.fromarray(gradient)
    first.save(tmp_path / "a.jpg", format="MPO", save_all=True, append_images=[Image.new("RGB", (32, 24))], quality=95)
    assert np.abs(decode((tmp_path / "a.jpg").read_bytes(), COLOUR).astype(int) - chw(gradient)).mean() < 3


def test_sixteen_bit_grey_keeps_its_greys(ramp16, tmp_path):
    for name in ("a.png", "a.tif"):
        Image.fromarray(ramp16).save(tmp_path / name)
        assert np.array_equal(decode((tmp_path / name).read_bytes(), GREY)[0], np.rint(ramp16 / 257).astype(np.uint8))


def test_big_endian_sixteen_bit_tiff(ramp16, tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", ramp16, byteorder=">")
    assert np.array_equal(decode((tmp_path / "a.tif").read_bytes(), GREY)[0], np.rint(ramp16 / 257).astype(np.uint8))


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 255), (-40, 900)])
def test_float_tiff_is_scaled(tmp_path, low, high):
    values = np.broadcast_to(np.linspace(low, high, 32, dtype=np.float32), (24, 32)).copy()
    tifffile.imwrite(tmp_path / "a.tif", values)
    expected = np.rint((values - low) / (high - low) * 255)
    assert np.abs(decode((tmp_path / "a.tif").read_bytes(), GREY)[0] - expected).max() <= 1


@pytest.mark.parametrize(("value", "grey"), [(1e6, 255), (0.0, 0), (-3.0, 0)])
def test_a_float_tiff_of_one_value_is_no_division_by_zero(tmp_path, value, grey):
    tifffile.imwrite(tmp_path / "a.tif", np.full((24, 32), value, np.float32))
    assert (decode((tmp_path / "a.tif").read_bytes(), GREY) == grey).all()


def test_a_float_tiff_with_holes_is_refused(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.full((24, 32), np.nan, np.float32))
    with pytest.raises(BrokenPicture, match="not finite"):
        decode((tmp_path / "a.tif").read_bytes(), GREY)


def test_cmyk_jpeg(gradient, tmp_path):
    Image.fromarray(gradient).convert("CMYK").save(tmp_path / "a.jpg", quality=95)
    assert np.abs(decode((tmp_path / "a.jpg").read_bytes(), COLOUR).astype(int) - chw(gradient)).mean() < 6


def test_palette(gradient, tmp_path):
    palette = Image.fromarray(gradient).convert("P", palette=Image.Palette.ADAPTIVE, colors=64)
    palette.save(tmp_path / "a.png")
    assert np.array_equal(decode((tmp_path / "a.png").read_bytes(), COLOUR), chw(np.asarray(palette.convert("RGB"))))


def test_one_bit(tmp_path):
    bits = np.arange(24 * 32).reshape(24, 32) % 3 == 0
    Image.fromarray(bits).save(tmp_path / "a.png")
    assert np.array_equal(decode((tmp_path / "a.png").read_bytes(), GREY)[0], bits * np.uint8(255))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_is_white(tmp_path, mode):
    picture = Image.new("RGBA", (32, 24), (10, 10, 10, 255))
    picture.paste((200, 0, 0, 0), (0, 0, 16, 24))
    if mode == "P":
        picture = picture.convert("RGB").quantize(4)
        picture.info["transparency"] = picture.getpixel((0, 0))
    else:
        picture = picture.convert(mode)
    picture.save(tmp_path / "a.png")
    answer = decode((tmp_path / "a.png").read_bytes(), COLOUR)
    assert (answer[:, :, :16] == 255).all() and (answer[:, :, 16:] < 20).all()


def test_the_first_picture_of_an_animation(gradient, tmp_path):
    first = Image.fromarray(gradient).quantize(32)
    first.save(tmp_path / "a.gif", save_all=True, append_images=[Image.new("P", (32, 24))] * 3)
    assert (
        np.abs(
            decode((tmp_path / "a.gif").read_bytes(), COLOUR).astype(int) - chw(np.asarray(first.convert("RGB")))
        ).max()
        == 0
    )


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_as_the_camera_was_held(gradient, tmp_path, orientation):
    """The stored pixels are what a camera in that orientation would store; all eight must look alike."""
    turns = {
        1: [],
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    stored = Image.fromarray(gradient)
    for turn in turns[orientation]:
        stored = stored.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "a.png", exif=exif)
    assert np.array_equal(decode((tmp_path / "a.png").read_bytes(), COLOUR), chw(gradient))


def test_the_middle_is_cut_to_the_proportions_wanted(tmp_path):
    picture = np.zeros((20, 60), np.uint8)
    picture[:, 20:40] = 255
    Image.fromarray(picture).save(tmp_path / "a.png")
    assert (decode((tmp_path / "a.png").read_bytes(), (1, 20, 20)) == 255).all()


def test_shrinking_averages(tmp_path):
    """A fine checkerboard becomes grey; a filter that samples points would make it black, white or striped."""
    Image.fromarray((np.indices((256, 256)).sum(0) % 2 * 255).astype(np.uint8)).save(tmp_path / "a.png")
    middle = decode((tmp_path / "a.png").read_bytes(), (1, 16, 16))[0, 1:-1, 1:-1].astype(int)
    assert np.abs(middle - 127).max() <= 3


def test_a_large_jpeg_looks_as_if_it_were_decoded_whole(tmp_path):
    y, x = np.mgrid[0:1200, 0:1600]
    large = np.stack([x * 255 // 1600, y * 255 // 1200, (x + y) * 255 // 2800], -1).astype(np.uint8)
    Image.fromarray(large).save(tmp_path / "a.jpg", quality=95)
    whole = Image.open(tmp_path / "a.jpg").resize((32, 24), Image.Resampling.BILINEAR)
    assert np.abs(decode((tmp_path / "a.jpg").read_bytes(), COLOUR).astype(int) - chw(np.asarray(whole))).max() <= 4


def png_claiming(width, height):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def saved(picture, format_):
    file = io.BytesIO()
    picture.save(file, format=format_)
    return file.getvalue()


NOISE = Image.fromarray(np.random.RandomState(0).randint(0, 256, (60, 80, 3)).astype(np.uint8))
BROKEN = {
    "empty": (b"", "empty"),
    "text": (b"<html>404 Not Found</html>", "not a picture"),
    "cut PNG": (saved(NOISE, "PNG")[:2000], "damaged"),
    "cut JPEG": (saved(NOISE, "JPEG")[:1000], "damaged"),
    "cut GIF": (saved(NOISE, "GIF")[:1200], "damaged"),
    "cut TIFF": (saved(NOISE, "TIFF")[:300], "."),
    "head of a PNG": (saved(NOISE, "PNG")[:20], "."),
    "a hundred megapixels": (png_claiming(10_000, 10_000), "100 megapixels; at most 80"),
    "a bomb": (png_claiming(60_000, 60_000), "3,600 megapixels; at most 80 are read"),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n", "not a picture"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_refused_with_the_reason(tmp_path, name):
    data, reason = BROKEN[name]
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(BrokenPicture, match=reason):
        decode((tmp_path / "a.png").read_bytes(), COLOUR)


def test_a_file_that_went_away(tmp_path):
    with pytest.raises(BrokenPicture, match="No such file"):
        read_bytes(tmp_path / "gone.png")


def test_a_file_that_no_memory_would_hold_is_not_read(tmp_path):
    with (tmp_path / "huge.png").open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(BrokenPicture, match="1,000,000 MB; at most 500 are read"):
        read_bytes(tmp_path / "huge.png")


SEEDS = [saved(NOISE.resize((20, 20)), format_) for format_ in ("PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP", "PPM")]


@pytest.mark.allows_logs("Pillow says by itself what is wrong with a TIFF")
@given(st.sampled_from(SEEDS), st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=12), st.data())
def test_no_file_whatsoever_gives_anything_but_a_picture_or_a_reason(tmp_path_factory, seed, changes, data):
    mutated = bytearray(seed[: data.draw(st.integers(0, len(seed)))])
    for place, value in changes:
        if mutated:
            mutated[place % len(mutated)] = value
    path = tmp_path_factory.getbasetemp() / f"mutated-{os.getpid()}.png"
    path.write_bytes(mutated)
    try:
        answer = decode(path.read_bytes(), COLOUR)
    except BrokenPicture as broken:
        answer = str(broken)
    assert answer if isinstance(answer, str) else answer.shape == COLOUR


def test_sets_are_resized_as_files_are(gradient, tmp_path):
    Image.fromarray(gradient).save(tmp_path / "a.png")
    pictures = np.stack([chw(gradient)] * 3)
    for shape in [(3, 10, 14), (1, 24, 32), (1, 40, 40), COLOUR]:
        assert np.array_equal(fit_all(pictures, shape, silent)[1], decode((tmp_path / "a.png").read_bytes(), shape))


def test_grey_becomes_colour_by_repeating_itself():
    grey = np.random.RandomState(0).randint(0, 256, (5, 1, 8, 8)).astype(np.uint8)
    assert np.array_equal(fit_all(grey, (3, 8, 8), silent), np.repeat(grey, 3, axis=1))


def test_two_who_decode_at_the_same_time_leave_the_warnings_as_they_were():
    before = list(warnings.filters)
    file = io.BytesIO()
    Image.new("L", (8, 8)).save(file, "PNG")
    first, second = (decode_all([file.getvalue] * 100, (1, 8, 8)) for _ in range(2))
    for decoding in (first, second):
        next(decoding)
    first.close()
    assert warnings.filters[0][0] == "ignore"  # for the second
    second.close()
    assert warnings.filters == before
