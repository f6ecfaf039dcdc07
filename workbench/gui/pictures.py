"""Pictures of the data as Qt draws them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from workbench.data.rows import Values

SMOOTH_BELOW = 2.0
"""A picture enlarged more than this shows its pixels as they are; smoothing would invent what is not there."""

Image = Callable[[int], QImage]


def image_source(inputs: Values | Callable[[int], NDArray[np.uint8]], longest: int | None = None) -> Image:
    """A function from a picture's index to its QImage; inputs: uint8 [N, C, H, W], or what gives one of them.

    A picture with a side over ``longest`` is kept that small: less memory, and less to be drawn each time.
    """
    picture = inputs if callable(inputs) else inputs.__getitem__

    @lru_cache(maxsize=2048)
    def image(index: int) -> QImage:
        rgb = as_rgb(picture(index))
        height, width, _ = rgb.shape
        whole = QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        if longest is not None and max(width, height) > longest:
            return whole.scaled(
                longest, longest, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
        return whole.copy()

    return image


def draw_picture(painter: QPainter, rect: QRectF, image: QImage) -> None:
    """Draw ``image`` into ``rect``."""
    smooth = rect.width() < SMOOTH_BELOW * image.width()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
    painter.drawImage(rect, image)


def as_rgb(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture [C, H, W] as rows of red, green and blue [H, W, 3]; one of neither 1 nor 3 channels is shown by its mean."""
    if len(picture) not in (1, 3):
        picture = picture.mean(axis=0, keepdims=True).astype(np.uint8)
    return np.ascontiguousarray(np.broadcast_to(picture, (3, *picture.shape[1:])).transpose(1, 2, 0))
