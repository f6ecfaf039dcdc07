"""Pictures of the data as Qt draws them."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

SMOOTH_BELOW = 2.0
"""A picture enlarged more than this shows its pixels as they are; smoothing would invent what is not there."""

Image = Callable[[int], QImage]


def image_source(inputs: NDArray[np.uint8]) -> Image:
    """A function from a picture's index to its QImage; inputs: uint8 [N, C, H, W]."""

    @lru_cache(maxsize=2048)
    def image(index: int) -> QImage:
        rgb = as_rgb(inputs[index])
        height, width, _ = rgb.shape
        return QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()

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
