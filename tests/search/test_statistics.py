"""Statistics of pictures against scikit-image and scikit-learn."""

import tracemalloc

import numpy as np
import pytest
from skimage import data, transform
from skimage.feature import hog
from sklearn.datasets import load_digits

from workbench.data.progress import Cancelled, silent
from workbench.data.rows import BLOCK_BYTES, Rows
from workbench.search.statistics import STATISTICS, Pictures, colours, gradients, pixels, statistics_of

SHAPES = [(1, 28, 28), (3, 32, 32), (3, 45, 61), (1, 8, 8), (1, 4, 4), (3, 7, 5)]


def photographs(shape: tuple[int, int, int]) -> Pictures:
    """Two photographs of this shape, in colour or grey."""
    num_channels, height, width = shape
    found = []
    for photograph in (data.astronaut(), data.coffee()):
        small = transform.resize(photograph, (height, width), preserve_range=True, anti_aliasing=True)
        found.append(small.round().astype(np.uint8).transpose(2, 0, 1)[:num_channels])
    return np.stack(found)


@pytest.mark.parametrize("shape", SHAPES)
def test_gradients_are_those_of_scikit_image(shape: tuple[int, int, int]) -> None:
    pictures = photographs(shape)
    cell = shape[1] // 4, shape[2] // 4
    expected = [
        hog(picture, orientations=9, pixels_per_cell=cell, cells_per_block=(2, 2), channel_axis=0)
        for picture in pictures
    ]
    assert gradients(pictures).dtype == np.float32
    np.testing.assert_allclose(gradients(pictures), expected, atol=1e-6)


@pytest.mark.parametrize("shape", [(3, 12, 17), (1, 12, 17), (2, 5, 5)])
def test_the_distance_of_colours_is_the_hellinger_distance_of_the_histograms(shape: tuple[int, int, int]) -> None:
    pictures = photographs(shape)
    values = pictures.transpose(0, 2, 3, 1).reshape(2, -1, shape[0])
    if shape[0] == 3:
        counts = np.array([np.histogramdd(each, bins=8, range=[(0, 256)] * 3)[0].ravel() for each in values])
    else:
        channels = [[np.histogram(each[:, c], 64, (0, 256))[0] for c in range(shape[0])] for each in values]
        counts = np.array(channels).reshape(2, -1)
    p, q = counts / counts.sum(axis=1, keepdims=True)
    one, other = colours(pictures)
    assert one.dtype == np.float32 and one.shape == (counts.shape[1],)
    assert np.linalg.norm(one - other) == pytest.approx(np.sqrt(1 - np.sqrt(p * q).sum()), abs=1e-6)


def test_pictures_without_a_common_colour_are_at_distance_1() -> None:
    dark, light = np.zeros((3, 6, 6), np.uint8), np.full((3, 6, 6), 255, np.uint8)
    one, other = colours(np.stack([dark, light]))
    assert np.linalg.norm(one - other) == pytest.approx(1)


def test_pixels_of_large_pictures_are_local_means_and_of_small_ones_themselves() -> None:
    large, small = photographs((3, 96, 64)), photographs((1, 28, 30))
    means = [transform.downscale_local_mean(picture / 255, (1, 3, 2)).ravel() for picture in large]
    np.testing.assert_allclose(pixels(large), means, rtol=1e-5)
    np.testing.assert_allclose(pixels(small), small.reshape(2, -1) / 255, rtol=1e-6)
    odd = pixels(np.full((1, 1, 33, 47), 51, np.uint8))
    assert odd.shape == (1, 32 * 32)
    np.testing.assert_allclose(odd, 0.2, rtol=1e-6)


@pytest.mark.parametrize("statistic", STATISTICS)
def test_pictures_in_a_file_are_described_block_by_block(statistic: str) -> None:
    """In blocks of several megabytes, and with the same result as all at once."""
    digits = load_digits().images.astype(np.uint8)[:500, None] * 16
    pictures = digits.repeat(16, axis=2).repeat(16, axis=3)
    assert pictures.nbytes > BLOCK_BYTES
    told: list[tuple[int, int]] = []
    backwards = Rows(pictures, np.arange(len(pictures))[::-1])
    found = statistics_of(backwards, statistic, lambda _, done, total: told.append((done, total)))
    np.testing.assert_array_equal(found, STATISTICS[statistic](pictures[::-1]))
    assert len(told) > 1 and told[0] == (0, 500) and told == sorted(told)


def test_a_description_can_be_cancelled() -> None:
    def cancel(*_: object) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        statistics_of(photographs((3, 8, 8)), "pixels", cancel)
    assert len(statistics_of(photographs((3, 8, 8)), "pixels", silent)) == 2


def test_descriptions_need_little_more_memory_than_they_hold() -> None:
    pictures = np.zeros((40_000, 1, 28, 28), np.uint8)
    tracemalloc.start()
    try:
        found = statistics_of(pictures, "pixels", silent)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1.7 * found.nbytes, "of one block more than the result, not of all"
