"""Pictures of the data as Qt images; series as drawings of their curves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, QRect, QRectF, QSize, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from workbench.data.rows import Values
from workbench.gui.widgets import theme
from workbench.gui.widgets.series_curves import HIGH, WIDE, curves_image
from workbench.session.views.feature_sheet import as_rgb, overlay

if TYPE_CHECKING:
    from workbench.gui.runtime.event_pump import EventPump

SMOOTH_BELOW = 2.0
"""A picture enlarged more than this shows its pixels; smoothing would invent what is not there."""

KEPT, KEPT_BYTES = 8192, 2**28
"""Number of small copies in memory, and their bytes at most: more than a screen shows at once."""

MOST_READ = 512
"""Pictures read at a time, the last requested first, so that a fast scroll shows what is in view in between."""

Image = Callable[[int], QImage]
"""Returns a picture by its number; a null image if it is not available yet."""


class Images(QObject):
    """Small copies of a large set's pictures, read by a thread because they may be on disk.

    A picture that is not available yet is a null image; ``arrived`` is emitted when some of the requested ones are.
    """

    arrived = Signal()

    def __init__(self, parent: QObject, pump: EventPump, longest: int, most_read: int = MOST_READ) -> None:
        """``longest`` is the maximum longer side of the copies, in pixels; ``most_read`` how many arrive at a time."""
        super().__init__(parent)
        self._pump = pump
        self._longest = longest
        self._most_read = most_read
        self._kept = min(KEPT, KEPT_BYTES // (3 * longest**2))
        self._picture: Callable[[int], NDArray[Any]] | None = None
        self._images: dict[int, QImage] = {}
        self._earlier: dict[int, QImage] = {}
        """Those that are shown until they are read anew."""
        self._wanted: dict[int, None] = {}
        self._is_reading = False
        self._round = 0
        """Counts the times that other pictures are shown, or the same ones anew."""
        self.size = QSize()
        """Size of each picture, as stored in the set; of a drawing, its proportions."""
        self._are_drawn = False
        theme.changed.connect(self._draw_again)

    def show(self, picture: Callable[[int], NDArray[Any]], shape: Sequence[int]) -> None:
        """Switch to another set: ``picture`` returns one of its pictures, uint8 [C, H, W], or series, float32 [T, D]
        standardised by channel, and may wait for the disk.
        """
        self._picture, self.size, self._are_drawn = picture, size_of(shape), len(shape) == 2
        self._images, self._earlier, self._wanted = {}, {}, {}
        self._round += 1

    def _draw_again(self) -> None:
        """Draw curves in the colours of another theme."""
        if self._picture is not None and self._are_drawn:
            self.renew(self._picture)

    def renew(self, picture: Callable[[int], NDArray[Any]]) -> None:
        """Switch to the same pictures as they are now: each is shown as it was until it has been read."""
        earlier = list((self._earlier | self._images).items())[-self._kept :]
        self._picture, self._images, self._earlier, self._wanted = picture, {}, dict(earlier), {}
        self._round += 1

    def __call__(self, number: int) -> QImage:
        """Return a picture by its number; a null image if it has to be read first."""
        image = self._images.get(number)
        if image is not None:
            return image
        if not self._wanted:
            QTimer.singleShot(0, self, self._read)  # once everything painted now has been requested
        self._wanted.pop(number, None)
        self._wanted[number] = None
        return self._earlier.get(number, QImage())

    def has(self, number: int) -> bool:
        """Whether a picture has been read, as it is now."""
        return number in self._images

    def _read(self) -> None:
        if self._is_reading or not self._wanted or self._picture is None:
            return
        self._is_reading = True
        numbers, self._wanted = list(self._wanted)[-self._most_read :], {}
        work = partial(_read_small, self._picture, numbers, self._longest)
        self._pump.background("read pictures", work, partial(self._take, self._round), self._fail)

    def _take(self, asked_in: int, images: dict[int, QImage]) -> None:
        self._is_reading = False
        if asked_in == self._round:
            self._images.update(images)
            for number in images:
                self._earlier.pop(number, None)
            for number in list(self._images)[: -self._kept]:
                del self._images[number]
            self.arrived.emit()
        self._read()

    def _fail(self, error: Exception) -> None:
        """Report the internal error, and continue with what has been requested in the meantime."""
        self._is_reading = False
        QTimer.singleShot(0, self, self._read)
        raise error


def size_of(shape: Sequence[int]) -> QSize:
    """Return the size of a picture of this shape (C, H, W), or the proportions of the drawing of a series (T, D)."""
    return QSize(WIDE, HIGH) if len(shape) == 2 else QSize(shape[2], shape[1])


def tile_proportions(shape: Sequence[int]) -> QSize:
    """Return the proportions of a tile for examples of this shape: of a square for pictures."""
    return size_of(shape) if len(shape) == 2 else QSize(1, 1)


def _read_small(picture: Callable[[int], NDArray[Any]], numbers: Sequence[int], longest: int) -> dict[int, QImage]:
    return {number: as_image(picture(number), longest) for number in numbers}


def image_source(inputs: Values) -> Image:
    """Return a function from index to QImage for a few pictures or series in memory, ``inputs``: uint8 [N, C, H, W], or
    float32 [N, T, D] standardised by channel.
    """

    @lru_cache(maxsize=2048)
    def image(index: int) -> QImage:
        return as_image(inputs[index])

    return image


def as_image(picture: NDArray[Any], longest: int | None = None) -> QImage:
    """Return a picture, uint8 [C, H, W], as a QImage of its own data, scaled down if a side exceeds ``longest``; or a
    drawing of a series, float32 [T, D] standardised by channel, that is so long.
    """
    if picture.ndim == 2:
        return curves_image(picture, longest)
    rgb = as_rgb(picture)
    height, width, _ = rgb.shape
    whole = QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    if longest is not None and max(width, height) > longest:
        return whole.scaled(
            longest, longest, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
    return whole.copy()


def draw_picture(painter: QPainter, rect: QRectF, image: QImage) -> QRectF:
    """Draw ``image`` into the middle of ``rect``, as large as its proportions allow; a plain background if it is not
    available yet. Returns the part that is covered.
    """
    if image.isNull():
        painter.fillRect(rect, theme.colour(theme.current().border, 0.5))
        return rect
    place, width, height = rect, image.width(), image.height()
    if width * rect.height() != height * rect.width():
        place = QRectF(QPointF(), QSizeF(width, height).scaled(rect.size(), Qt.AspectRatioMode.KeepAspectRatio))
        place.moveCenter(rect.center())
    smooth = place.width() < SMOOTH_BELOW * width
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
    painter.drawImage(place, image)
    return place


def draw_strip(painter: QPainter, image: QImage, places: Sequence[QRectF]) -> list[QRectF]:
    """Draw the pictures that are beside each other in ``image``, each into its place. Returns what they cover."""
    width = image.width() // len(places)
    parts = [QRect(number * width, 0, width, image.height()) for number in range(len(places))]
    return [
        draw_picture(painter, place, image if image.isNull() else image.copy(part))
        for place, part in zip(places, parts, strict=True)
    ]


def point_in(covered: QRectF, position: QPointF) -> tuple[float, float] | None:
    """Return how far down and across a picture a position is, as fractions of the part ``covered``; None beside it."""
    if not covered.contains(position):
        return None
    inside = position - covered.topLeft()
    return inside.y() / covered.height(), inside.x() / covered.width()


def draw_map(painter: QPainter, place: QRectF, values: NDArray[np.float32], largest: float) -> None:
    """Draw red over a picture that covers ``place`` where ``values``, [H, W], are positive, blue where negative, the
    stronger the larger, up to ``largest``; nothing where they are NaN.
    """
    rgba = overlay(values, largest)
    height, width, _ = rgba.shape
    painter.drawImage(place, QImage(rgba.data, width, height, 4 * width, QImage.Format.Format_RGBA8888))


def draw_border(painter: QPainter, place: QRectF, colour: QColor | Qt.GlobalColor, width: float = 1) -> None:
    """Draw the border of a rectangle that stays as it is inside."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, width))
    painter.drawRect(place)


def draw_frame(painter: QPainter, place: QRectF) -> None:
    """Frame a part of a picture, so that it is seen on any picture."""
    for colour, width in ((Qt.GlobalColor.white, 4.0), (theme.colour(theme.current().accent), 2.0)):
        draw_border(painter, place, colour, width)


def draw_points(
    painter: QPainter, place: QRectF, points: Iterable[Sequence[float]], radius: float, *, as_rings: bool = False
) -> None:
    """Draw key points (x, y as fractions) on a picture that covers ``place``, in the order of the curves' colours.

    Those outside of it are not seen. Rings leave room for the dots of other points.
    """
    curves = theme.current().curves
    painter.save()
    painter.setClipRect(place)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for number, (x, y) in enumerate(points):
        colour = theme.colour(curves[number % len(curves)])
        middle = QPointF(place.x() + x * place.width(), place.y() + y * place.height())
        if as_rings:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for pen in (QPen(Qt.GlobalColor.white, 4), QPen(colour, 2)):
                painter.setPen(pen)
                painter.drawEllipse(middle, radius, radius)
        else:
            painter.setPen(Qt.GlobalColor.white)
            painter.setBrush(colour)
            painter.drawEllipse(middle, radius, radius)
    painter.restore()
