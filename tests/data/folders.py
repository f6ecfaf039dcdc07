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


def fill_with_points(folder: Path, count: int, size=(40, 30)) -> Path:
    """Make a table of this many black pictures (width, height): each has a white square and, in the column ``points``,
    its middle and its upper left corner in pixels. Returns the table.
    """
    folder.mkdir()
    rows = ["path,points"]
    for number in range(count):
        left, top = 2 + 7 * number % (size[0] - 12), 2 + 5 * number % (size[1] - 12)
        black = Image.new("L", size)
        black.paste(255, (left, top, left + 8, top + 8))
        black.save(folder / f"{number}.png")
        rows.append(f"{number}.png,{left + 4};{top + 4};{left};{top}")
    (folder / "points.csv").write_text("\n".join(rows))
    return folder / "points.csv"
