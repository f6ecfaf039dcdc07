"""The bytes of a picture's file -> uint8 [C, H, W], or one sentence why not; and pictures of one size -> another.

Always decoded and resized by Pillow: its bilinear filter averages when shrinking, and computes in integers, so that a
picture is the same on every machine.
"""

import io
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from workbench.data.progress import Progress
from workbench.data.rows import Values

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM")
"""The formats decoded, whatever a file's suffix. Not EPS: Pillow would run Ghostscript on it."""

SUFFIXES = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".ppm", ".pgm", ".pnm")

OTHER_SUFFIXES = (".heic", ".heif", ".avif", ".jxl", ".jp2", ".svg", ".psd", ".cr2", ".cr3", ".nef", ".arw", ".dng")
"""Of pictures that cannot be decoded. Whoever has a camera that makes them expects to be told so."""

UNSUPPORTED = "it is not a picture in a supported format: save it as JPEG or PNG"

MAX_PIXELS = 80_000_000
"""Larger than any camera's; a file of a few bytes can claim more and exhaust the memory."""

MAX_BYTES = 500_000_000
"""The largest file read into memory; more than MAX_PIXELS of 16 bits need."""

MOST_COLOURS = 254
"""Of a mask whose classes are colours; more are those of a photograph."""

WHITES = (1.0, 255.0, 1023.0, 4095.0, 16383.0, 65535.0)
"""Usual values of white: floats, and cameras of 8, 10, 12, 14 and 16 bits."""

MOST_HEADROOM = 16
"""If no value reaches a sixteenth of a usual white, it is not theirs: 1.05, as resizing makes of 1, is not of 255."""

SMALL = 64
"""The side to which a picture is reduced to look for colours."""

LEAST_COLOUR = 24
"""A smaller difference of a pixel's channels is the noise of a camera or of JPEG."""

MODES = {1: "L", 3: "RGB"}
STEP = 256
"""The number of pictures between two progress reports."""


class BrokenPicture(Exception):
    """Raised when a file cannot be used; the message is the reason, in plain words."""


class Picture(NamedTuple):
    """``pixels``: uint8 [C, H, W]. ``size``: width and height in the file, after EXIF rotation."""

    pixels: NDArray[np.uint8]
    size: tuple[int, int]


class Tone(NamedTuple):
    """The grey values that become black and white in pictures of more than 8 bits."""

    black: float
    white: float


class _Hush:
    """Suppresses warnings in all threads, until the last of those who want that has had enough."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._num_wanting = 0
        self._catching = ExitStack()

    def __enter__(self) -> None:
        with self._lock:
            if not self._num_wanting:
                self._catching.enter_context(warnings.catch_warnings())
                warnings.simplefilter("ignore")
            self._num_wanting += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._num_wanting -= 1
            if not self._num_wanting:
                self._catching.close()


_hush = _Hush()


def quietly() -> AbstractContextManager[None]:
    """Suppress Pillow's warnings about oddities that it handles."""
    return _hush


def read_bytes(path: Path) -> bytes:
    """Return all of a picture's file. Raises BrokenPicture if it cannot be read."""
    try:
        num_bytes = path.stat().st_size
        if num_bytes > MAX_BYTES:
            raise BrokenPicture(f"{num_bytes / 1e6:,.0f} MB; at most {MAX_BYTES // 1_000_000} are read")
        return path.read_bytes()
    except OSError as error:
        raise BrokenPicture(f"it cannot be read: {error.strerror}") from error


def is_picture(data: bytes) -> bool:
    """Return whether the data begins like a picture in a supported format."""
    try:
        with quietly(), Image.open(io.BytesIO(data), formats=FORMATS):
            return True
    except Exception:  # noqa: BLE001  # untrusted bytes make Pillow raise almost anything
        return False


def decode(data: bytes, shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Return the pixels of ``read``, without Pillow's warnings."""
    with quietly():
        return read(data, shape).pixels


def read(data: bytes, shape: tuple[int, int, int], tone: Tone | None = None) -> Picture:
    """Decode a file to uint8 [C, H, W] = ``shape``: rotated by its EXIF data, centre-cropped to the aspect ratio,
    resized. ``tone`` counts for grey of more than 8 bits; None stands for the usual one of the picture's own values.

    Raises BrokenPicture for whatever is wrong with it.
    """
    with _opened(data) as image:
        width, height = image.size
        # A JPEG far larger than needed is decoded at 1/2, 1/4 or 1/8 of its size.
        image.draft(None, (2 * max(shape[1:]), 2 * max(shape[1:])))
        image.load()
        upright = ImageOps.exif_transpose(image)
        is_turned = (upright.width > upright.height) != (width > height)
        size = (height, width) if is_turned else (width, height)
        return Picture(_to_array(fit(_eight_bits(upright, tone), shape)), size)


def decode_mask(data: bytes) -> NDArray[np.uint8]:
    """Return ``read_mask`` without warnings, at the file's size."""
    with quietly():
        return read_mask(data)


def read_mask(data: bytes) -> NDArray[np.uint8]:
    """Decode a file with a number for each pixel (grey values or palette indices) to uint8 [H, W]; one with few
    colours to uint8 [H, W, 3].

    Raises BrokenPicture for whatever is wrong with it.
    """
    with _opened(data) as image:
        image.load()
        if image.mode in ("RGB", "RGBA"):
            return _few_colours(image.convert("RGB"))
        return _numbers(image)


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    """Open a picture's file; whatever is wrong with it is raised as BrokenPicture."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check_size(image)
            yield image
    except BrokenPicture:
        raise
    except Exception as error:  # an untrusted file makes Pillow raise almost anything
        raise BrokenPicture(_reason(data, error)) from error


def _few_colours(image: Image.Image) -> NDArray[np.uint8]:
    """Return the colours of a mask."""
    if image.getcolors(MOST_COLOURS) is None:
        raise BrokenPicture(
            f"it has more than {MOST_COLOURS} colours, but a mask has one for each class: save it as PNG, as JPEG blends them"
        )
    return np.asarray(image)


def _numbers(image: Image.Image) -> NDArray[np.uint8]:
    """Return the number of each pixel."""
    if image.mode not in ("P", "L", "1", "I") and not image.mode.startswith("I;16"):
        raise BrokenPicture(
            f"a mask needs a number or a colour per pixel, but this one is {image.mode}: save it in grey, in RGB or with a palette"
        )
    numbers = np.asarray(image.convert("L") if image.mode == "1" else image)
    if numbers.min() < 0 or numbers.max() > 255:
        raise BrokenPicture(f"its classes go from {numbers.min()} to {numbers.max()}: number them from 0 to 254")
    return numbers.astype(np.uint8)


def grey_plane(mask: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """Return a mask [H, W, 3] as [H, W] if all its colours are grey, else None; [H, W] as it is."""
    if mask.ndim == 2:
        return mask
    return mask[..., 0] if (mask == mask[..., :1]).all() else None


def colour_codes(mask: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the colours of a mask, [H, W, 3] or grey [H, W], as numbers 0xRRGGBB, int64 [H, W]."""
    colours = np.broadcast_to(mask[..., None], (*mask.shape, 3)) if mask.ndim == 2 else mask
    codes: NDArray[np.int64] = colours @ np.array([2**16, 2**8, 1])
    return codes


def have_same_proportions(mask: Sequence[int], picture: Sequence[int]) -> bool:
    """Return whether a mask of this width and height covers the same view as the picture, to a pixel of the mask."""
    return abs(mask[0] * picture[1] - mask[1] * picture[0]) <= max(picture)


def fit(image: Image.Image, shape: tuple[int, int, int]) -> Image.Image:
    """Return the picture in grey or colour, centre-cropped and resized to ``shape``."""
    channels, height, width = shape
    return ImageOps.fit(image.convert(MODES[channels]), (width, height), Image.Resampling.BILINEAR)


def fit_all(pictures: Values, shape: tuple[int, int, int], progress: Progress) -> Values:
    """Bring each of uint8 [N, C, H, W] to ``shape``; the same array if it has it already."""
    if pictures.shape[1:] == shape:
        return pictures
    fitted = np.empty((len(pictures), *shape), np.uint8)
    for index, picture in enumerate(pictures):
        if index % STEP == 0:
            progress("Resizing pictures", index, len(pictures))
        image = Image.fromarray(picture[0] if len(picture) == 1 else np.moveaxis(picture, 0, -1).copy())
        fitted[index] = _to_array(fit(image, shape))
    return fitted


def fit_masks(masks: Values, shape: tuple[int, int]) -> Values:
    """Bring each of uint8 [N, H, W], or [N, H, W, 3], to ``shape`` as the pictures are, but without interpolation."""
    if masks.shape[1:3] == shape:
        return masks
    height, width = shape
    nearest = Image.Resampling.NEAREST
    return np.stack([np.asarray(ImageOps.fit(Image.fromarray(mask), (width, height), nearest)) for mask in masks])


def fit_points(points: NDArray[np.float32], sizes: NDArray[np.int64], shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return where key points are after ``fit`` to ``shape`` (H, W), as fractions of width and height.

    ``points``, float32 [N, 2K], are x and y in pixels of pictures whose widths and heights are ``sizes``, int [N, 2]. A
    point outside of the centre that is kept is below 0 or above 1.
    """
    height, width = shape
    kept = np.minimum(sizes, sizes[:, ::-1] * np.array([width / height, height / width]))
    places = points.reshape(len(points), -1, 2) - ((sizes - kept) / 2)[:, None]
    fractions: NDArray[np.float64] = places / kept[:, None]
    return fractions.reshape(points.shape).astype(np.float32)


def has_colours(data: bytes) -> bool:
    """Return whether a picture's channels differ visibly: not those of a grey picture stored as RGB, even as JPEG. A
    picture that cannot be read has none.
    """
    try:
        with quietly(), _opened(data) as image:
            if image.mode in ("1", "L", "LA") or _is_deep(image):
                return False
            image.thumbnail((SMALL, SMALL))  # a JPEG is decoded in about this size, which is fast
            channels = np.asarray(_eight_bits(image, None).convert("RGB")).astype(np.int16)
            return bool((np.ptp(channels, axis=-1) > LEAST_COLOUR).any())
    except BrokenPicture:  # it is listed when it is decoded
        return False


def _to_array(image: Image.Image) -> NDArray[np.uint8]:
    array = np.asarray(image)
    return array[None] if array.ndim == 2 else np.moveaxis(array, -1, 0)


def _check_size(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise BrokenPicture(_too_large(image.width * image.height))


def _too_large(num_pixels: int) -> str:
    return f"{num_pixels / 1e6:,.0f} megapixels; at most {MAX_PIXELS // 1_000_000} are read"


def tone_of(pictures: Iterable[bytes]) -> Tone | None:
    """Return the smallest usual range (0 to 1, 255, 1023, 4095, 16383 or 65535) that contains the values of all
    pictures in grey of more than 8 bits; their own range if it is much smaller than that, or goes below 0. None if
    there are no such pictures.
    """
    ranges = [found for found in map(_range_of, pictures) if found is not None]
    if not ranges:
        return None
    return _tone(min(low for low, _ in ranges), max(high for _, high in ranges))


def tone_in(values: NDArray[np.generic]) -> Tone:
    """Return ``tone_of`` for values in memory. Raises BrokenPicture if one is not finite."""
    return _tone(*_range(values))


def _tone(low: float, high: float) -> Tone:
    if low < 0:
        return Tone(low, high)
    white = next((white for white in WHITES if high <= white), high)
    return Tone(0.0, white if white <= MOST_HEADROOM * high else high)


def _range_of(data: bytes) -> tuple[float, float] | None:
    """Return ``_range`` of a picture in grey of more than 8 bits; None for any other, and for one that cannot be
    read.
    """
    try:
        with quietly(), _opened(data) as image:
            return _range(np.asarray(image)) if _is_deep(image) else None
    except BrokenPicture:  # it is listed when it is decoded
        return None


def _range(values: NDArray[np.generic]) -> tuple[float, float]:
    """Return the least and the largest value, of whole numbers at least 255. Raises BrokenPicture if one is not
    finite.
    """
    if not np.isfinite(values).all():
        raise BrokenPicture("some of its values are not finite numbers")
    low, high = float(values.min()), float(values.max())
    return low, high if values.dtype.kind == "f" else max(high, 255.0)


def _is_deep(image: Image.Image) -> bool:
    return image.mode in ("I", "F") or image.mode.startswith("I;16")


def _eight_bits(image: Image.Image, tone: Tone | None) -> Image.Image:
    """Return a picture of any mode as 8-bit grey or colour; transparency becomes white."""
    if _is_deep(image):
        values = np.asarray(image)
        usual = _tone(*_range(values))
        return Image.fromarray(toned(values, tone or usual))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def toned(values: NDArray[np.generic], tone: Tone) -> NDArray[np.uint8]:
    """Return values as uint8 from black to white; those beyond are black or white."""
    scale = np.float32(255.0 / (tone.white - tone.black or 1.0))
    shifted = values.astype(np.float32) - np.float32(tone.black)
    greys: NDArray[np.uint8] = np.rint(np.clip(shifted * scale, 0, 255)).astype(np.uint8)
    return greys


def _reason(data: bytes, error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return UNSUPPORTED if data else "it is empty"
    if isinstance(error, Image.DecompressionBombError):
        told = re.search(r"\d{8,}", str(error))  # Pillow refuses before it gives the size in any other way
        return _too_large(int(told[0])) if told else f"more than {MAX_PIXELS // 1_000_000} megapixels"
    if isinstance(error, MemoryError):
        return "there is not enough memory to decode it"
    return f"it is damaged: {str(error) or type(error).__name__}"
