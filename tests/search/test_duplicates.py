"""Duplicates planted among real pictures are found, and every reported pair satisfies the definition."""

import io
from collections import defaultdict

import numpy as np
import pytest
from PIL import Image, ImageEnhance
from skimage import data as photographs

from workbench.data import SOURCES
from workbench.data.progress import Cancelled, silent
from workbench.search import duplicates
from workbench.search.duplicates import near_pairs, same_as


@pytest.fixture(scope="module")
def fashion():
    """A thousand pictures of clothing, uint8 [1000, 1, 28, 28]."""
    return SOURCES.make("FashionMnistSmall", {}).load((1, 28, 28), 0, silent).train.inputs[:1000].copy()


def scenes():
    """Sixty-four squares of a photograph, in colour, scaled to 96×96; none overlap."""
    photo = photographs.astronaut()
    tiles = [photo[y : y + 64, x : x + 64] for y in range(0, 512, 64) for x in range(0, 512, 64)]
    return np.stack([np.moveaxis(np.asarray(Image.fromarray(tile).resize((96, 96))), -1, 0) for tile in tiles])


def as_jpeg(image):
    file = io.BytesIO()
    image.save(file, "JPEG", quality=70)
    return Image.open(file)


COPIES = {
    "JPEG": as_jpeg,
    "another size": lambda image: image.resize((60, 60)).resize(image.size),
    "darker": lambda image: ImageEnhance.Brightness(image).enhance(0.8),
    "paler": lambda image: ImageEnhance.Contrast(image).enhance(0.8),
}


def pairs(parts):
    found = near_pairs(parts, same_as(parts, silent), silent)
    assert found.complete
    return [tuple(pair) for pair in found.pairs.tolist()]


def test_equal_pictures_are_found_across_parts(fashion):
    test = np.concatenate([fashion[[7, 7]], 255 - fashion[:3]])
    firsts = same_as([fashion, test], silent)
    expected = np.arange(1005)
    expected[[1000, 1001]] = 7
    assert np.array_equal(firsts, expected)


@pytest.mark.parametrize("name", COPIES)
def test_planted_near_copies_are_found_and_nothing_else(name):
    pictures = scenes()
    copied = np.array([3, 20, 35, 36, 63])
    copies = np.stack([np.moveaxis(np.asarray(COPIES[name](Image.fromarray(np.moveaxis(pictures[i], 0, -1)))), -1, 0)
                       for i in copied])  # fmt: skip
    before = pairs([pictures, pictures[:0]])
    assert before == []
    assert pairs([pictures, copies]) == [(int(i), 64 + place) for place, i in enumerate(copied)]


def test_a_jpeg_of_many_colours_is_found(tmp_path):
    """JPEG stores colours at half the resolution, which removes noise in them."""
    noise = np.random.RandomState(0).randint(-30, 31, (64, 96, 96, 3))
    pictures = np.clip(np.moveaxis(scenes(), 1, -1) + noise, 0, 255).astype(np.uint8)
    copy = np.asarray(as_jpeg(Image.fromarray(pictures[20])))
    assert pairs([np.moveaxis(each, -1, 1) for each in (pictures, copy[None])]) == [(20, 64)]


def test_equal_pictures_are_not_told_again_as_nearly_equal(fashion):
    assert pairs([fashion, fashion]) == pairs([fashion])


def test_constant_pictures_are_near_none():
    pictures = np.full((20, 3, 8, 8), 7, np.uint8) + np.arange(20, dtype=np.uint8)[:, None, None, None]
    assert pairs([pictures]) == []


def test_no_pair_is_missed(fashion):
    """Against NumPy's correlation of every pair, in float64, on the original pictures."""
    thin = fashion[:400]
    strength = np.linspace(1, 40, 40)[:, None, None, None]  # from what is nearly equal to what no longer is
    noise = np.random.RandomState(0).uniform(-strength, strength, thin[:40].shape)
    noisy = np.clip(thin[:40] + noise, 0, 255).astype(np.uint8)
    everything = np.concatenate([thin, noisy]).astype(float)
    padded = np.pad(everything, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
    means = sum(padded[:, :, y : y + 28, x : x + 28] for y in range(3) for x in range(3)) / 9
    correlation, detail = (np.corrcoef(values.reshape(440, -1)) for values in (everything, everything - means))
    wanted = np.argwhere(np.triu((correlation >= 0.98) & (detail >= 0.95), 1))
    assert len(wanted) > 10 and (detail[np.arange(40), np.arange(400, 440)] < 0.95).sum() > 10
    found = near_pairs([thin, noisy], same_as([thin, noisy], silent), silent)
    assert sorted(map(tuple, found.pairs.tolist())) == sorted(map(tuple, wanted.tolist()))
    assert np.allclose(found.correlations, correlation[tuple(found.pairs.T)], atol=1e-5)


def test_pairs_across_parts_come_first_and_the_search_has_an_end(fashion, monkeypatch):
    noisy = np.clip(fashion[:100].astype(int) + 1, 0, 255).astype(np.uint8)
    monkeypatch.setattr(duplicates, "MOST_PAIRS", 50)
    parts = [np.concatenate([fashion, noisy]), noisy ^ 1]
    found = near_pairs(parts, same_as(parts, silent), silent)
    assert not found.complete and len(found.pairs) == len(found.correlations) == 50
    assert (found.pairs[:, 1] >= 1100).all()


def test_it_can_be_called_off(fashion):
    said = defaultdict(int)

    def cancel(what, done, total):
        said[what] += 1
        assert 0 <= done <= total
        if what == "Finding near duplicates" and done > 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        near_pairs([fashion], same_as([fashion], cancel), cancel)
    assert said["Measuring pictures"] and said["Finding near duplicates"] == 4
