"""Folders of pictures, generated for tests."""

import io
from pathlib import Path

import numpy as np
from PIL import Image


def picture(value, size=(12, 10)):
    """Grey noise around ``value``, so that pictures of two classes can be told apart."""
    noise = np.random.RandomState(value).randint(-20, 20, size)
    return Image.fromarray(np.clip(value + noise, 0, 255).astype(np.uint8))


def png(image):
    """The bytes of its PNG file."""
    data = io.BytesIO()
    image.save(data, format="PNG")
    return data.getvalue()


def fill(folder: Path, **classes: int) -> Path:
    """Make a folder for each class with this many pictures; the classes' greys are far apart."""
    for index, (name, count) in enumerate(classes.items()):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            picture(30 + 60 * index + number % 25).save(folder / name / f"{number:03}.png")
    return folder
