"""Pictures of the data as they are drawn."""

import numpy as np

from workbench.gui.pictures import as_rgb, image_source


def test_grey_and_colour_pictures_are_shown_as_they_are() -> None:
    grey = np.arange(4, dtype=np.uint8).reshape(1, 2, 2)
    assert as_rgb(grey).tolist() == [[[0] * 3, [1] * 3], [[2] * 3, [3] * 3]]
    colour = np.stack([np.full((1, 1), value, np.uint8) for value in (10, 20, 30)])
    assert as_rgb(colour).tolist() == [[[10, 20, 30]]]
    assert as_rgb(np.full((2, 1, 1), 8, np.uint8)).tolist() == [[[8, 8, 8]]]


def test_an_image_has_the_colours_of_its_picture() -> None:
    inputs = np.random.default_rng(0).integers(0, 256, (3, 3, 5, 7), dtype=np.uint8)
    image = image_source(inputs)(1)
    assert (image.width(), image.height()) == (7, 5)
    colour = image.pixelColor(6, 2)
    assert [colour.red(), colour.green(), colour.blue()] == inputs[1, :, 2, 6].tolist()
