"""Operations on pixel values: brightness, contrast, colour and others that leave pixels in place.

All take and return float32 [B, C, H, W] with values 0..255, and a strength per picture, float32 [B].
"""

import torch
from torch import Tensor
from torch.nn import functional as F

GREY = (0.2989, 0.587, 0.114)
"""The weights of red, green and blue in grey (ITU-R 601-2)."""


def grey(pictures: Tensor) -> Tensor:
    """Return the grey value of each pixel: [B, 1, H, W]."""
    if pictures.shape[1] == 1:
        return pictures
    red, green, blue = pictures.unbind(1)
    return (GREY[0] * red + GREY[1] * green + GREY[2] * blue).unsqueeze(1)


def brightened(pictures: Tensor, factor: Tensor) -> Tensor:
    """Multiply each value by ``factor``."""
    return (pictures * _wide(factor)).clamp(0, 255)


def contrasted(pictures: Tensor, factor: Tensor) -> Tensor:
    """Multiply each value's difference from the picture's mean grey by ``factor``."""
    return _blend(pictures, grey(pictures).mean(dim=(1, 2, 3), keepdim=True), factor)


def saturated(pictures: Tensor, factor: Tensor) -> Tensor:
    """Multiply each value's difference from its pixel's grey by ``factor``."""
    return _blend(pictures, grey(pictures), factor)


def sharpened(pictures: Tensor, factor: Tensor) -> Tensor:
    """Multiply each value's difference from a slightly smoothed picture by ``factor``; the border is not changed."""
    channels, height, width = pictures.shape[1:]
    if min(height, width) < 3:
        return pictures
    kernel = torch.full((3, 3), 1 / 13, device=pictures.device)
    kernel[1, 1] = 5 / 13
    smooth = pictures.clone()
    smooth[:, :, 1:-1, 1:-1] = F.conv2d(pictures, kernel.expand(channels, 1, 3, 3), groups=channels)
    return _blend(pictures, smooth.round(), factor)


def hue_turned(pictures: Tensor, turn: Tensor) -> Tensor:
    """Rotate each colour's hue by ``turn``, 1 being the full circle; grey stays grey."""
    if pictures.shape[1] == 1:
        return pictures
    red, green, blue = pictures.unbind(1)
    value, least = pictures.amax(1), pictures.amin(1)
    chroma = value - least
    safe = torch.where(chroma > 0, chroma, 1.0)
    sector = torch.where(
        value == red,
        (green - blue) / safe % 6,
        torch.where(value == green, (blue - red) / safe + 2, (red - green) / safe + 4),
    )
    turned = (sector + 6 * turn[:, None, None]) % 6
    channels = []
    for number in (5.0, 3.0, 1.0):  # https://en.wikipedia.org/wiki/HSL_and_HSV#HSV_to_RGB_alternative
        place = (number + turned) % 6
        channels.append(value - chroma * torch.minimum(place, 4 - place).clamp(0, 1))
    return torch.stack(channels, dim=1)


def posterized(pictures: Tensor, num_bits: Tensor) -> Tensor:
    """Keep only the first ``num_bits`` of the eight bits of each value."""
    step = 2 ** (8 - _wide(num_bits))
    return (pictures / step).floor() * step


def solarized(pictures: Tensor, threshold: Tensor) -> Tensor:
    """Invert values from ``threshold`` on."""
    return torch.where(pictures >= _wide(threshold), 255 - pictures, pictures)


def stretched(pictures: Tensor) -> Tensor:
    """Stretch each channel so that its darkest value becomes 0 and its brightest 255; a constant one is not changed."""
    least, most = pictures.amin((2, 3), keepdim=True), pictures.amax((2, 3), keepdim=True)
    span = torch.where(most > least, most - least, 1.0)
    return torch.where(most > least, ((pictures - least) * (255 / span)).clamp(0, 255), pictures)


def equalized(pictures: Tensor) -> Tensor:
    """Equalise each channel's histogram, in integers as Pillow does."""
    values = pictures.round().long().flatten(2)
    counts = torch.zeros((*values.shape[:2], 256), dtype=torch.long, device=values.device)
    counts.scatter_add_(2, values, torch.ones_like(values))
    most_used = counts.gather(2, values.amax(2, keepdim=True))
    step = (values.shape[2] - most_used) // 255
    before = counts.cumsum(2) - counts
    table = ((before + step // 2) // step.clamp(min=1)).clamp(max=255)
    table = torch.where(step > 0, table, torch.arange(256, device=values.device))
    return table.gather(2, values).view(pictures.shape).float()


def _blend(pictures: Tensor, other: Tensor, factor: Tensor) -> Tensor:
    share = _wide(factor)
    return (share * pictures + (1 - share) * other).clamp(0, 255)


def _wide(numbers: Tensor) -> Tensor:
    return numbers[:, None, None, None]
