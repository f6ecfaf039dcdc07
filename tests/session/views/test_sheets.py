"""Sheets of maps and pictures as PNG files: which colour is where."""

import io

import numpy as np
import pytest
from PIL import Image

from workbench.session.views.feature_sheet import (
    BORDER,
    CAPTION,
    GAP,
    HIGH,
    LOW,
    NEUTRAL,
    OVER_HIGH,
    OVER_LOW,
    TILE,
    drawing_on,
    enlarged,
    feature_sheet,
    largest_of,
    overlay,
    picture_sheet,
)
from workbench.session.views.features import FeaturesSeen
from workbench.session.views.predictions import Head
from workbench.session.views.why import WhySeen
from workbench.session.views.why_sheet import SIDE, why_sheet
from workbench.spec.column import Column


def pixels(file):
    return np.array(Image.open(io.BytesIO(file)).convert("RGB"))


def test_words_have_the_letters_of_other_languages():
    font = drawing_on(Image.new("RGB", (9, 9))).font
    if font.getname()[0] == "Aileron":
        pytest.skip("this machine has none of the fonts")
    unknown = bytes(font.getmask("\ue000"))
    assert all(bytes(font.getmask(letter)) != unknown for letter in "äéßłжα")


def test_red_lies_over_what_is_for_and_blue_over_what_is_against_as_strong_as_it_is():
    found = overlay(np.array([[2.0, 1.0, 0.0, -1.0, -9.0, np.nan]], np.float32), 2.0)
    assert found[0, [0, 3], :3].tolist() == [[*OVER_HIGH], [*OVER_LOW]]
    assert found[0, :, 3].tolist() == [180, 90, 0, 90, 180, 0]
    assert largest_of(np.array([-3, 1, np.inf])) == 3 and largest_of(np.array([np.nan])) == 0


def test_maps_keep_their_proportions_and_share_a_scale_or_have_one_each():
    values = np.array([[[1.0] * 4] * 2, [[-0.5] * 4] * 2, [[0.25] * 4] * 2], np.float32)
    shared, own = (
        pixels(feature_sheet(FeaturesSeen(step=1, values=values), "", one_scale=one)) for one in (True, False)
    )
    assert shared.shape[1] == 2 * BORDER + 6 * (TILE + GAP) - GAP, "no narrower than its title"
    top, middles = 2 * BORDER + 2 * CAPTION, [BORDER + number * (TILE + GAP) + TILE // 2 for number in range(3)]
    assert [tuple(own[top + 24, middle]) for middle in middles] == [HIGH, LOW, HIGH]
    assert tuple(shared[top + 24, middles[0]]) == HIGH
    faint = [255 + (end - 255) * share for end, share in zip((*LOW, *HIGH), [0.5] * 3 + [0.25] * 3, strict=True)]
    np.testing.assert_allclose(np.concatenate([shared[top + 24, each] for each in middles[1:]]), faint, atol=1)
    assert tuple(own[top + 72, middles[0]]) == NEUTRAL, "half as high as wide"


def test_of_a_large_map_a_pixel_is_the_mean_of_what_it_covers():
    values = np.zeros((1, 8 * TILE, 8 * TILE), np.float32)
    values[0, ::2] = 1
    sheet = pixels(feature_sheet(FeaturesSeen(step=1, values=values), "", one_scale=True))
    inside = sheet[2 * BORDER + 2 * CAPTION + 4 : -BORDER - CAPTION - GAP - 4, BORDER + 4 : BORDER + TILE - 4]
    assert inside.std(axis=(0, 1)).max() < 1 and 0 < inside[..., 1].mean() - HIGH[1] < 255 - HIGH[1]


def test_numbers_of_a_vector_are_written_below_their_fields():
    sheets = [
        pixels(feature_sheet(FeaturesSeen(step=1, values=np.full((1, 1, 1), value, np.float32)), "", one_scale=False))
        for value in (1, 22.25)
    ]
    below = slice(2 * BORDER + 2 * CAPTION + TILE, None)
    assert (sheets[0][below] != sheets[1][below]).any() and (sheets[0][: below.start] == sheets[1][: below.start]).all()


def test_pictures_stand_in_a_square_with_a_frame_around_what_a_place_sees():
    grey = [np.full((1, 2, 2), 100, np.uint8)] * 5
    sheet = pixels(picture_sheet(grey, [None, (0, 0.5, 0.25, 1), None, None, None], [""] * 5))
    side = 2 * TILE
    assert sheet.shape[:2] == (2 * BORDER + 2 * (side + CAPTION + GAP) - GAP, 2 * BORDER + 3 * (side + GAP) - GAP)
    rows, columns = ((sheet == HIGH).all(axis=2).nonzero()[axis] for axis in (0, 1))
    left = BORDER + side + GAP
    assert (rows.min(), rows.max()) == (BORDER, BORDER + side // 4 - 1)
    assert (columns.min(), columns.max()) == (left + side // 2, left + side - 1)
    assert enlarged(np.zeros((1, 2, 4), np.uint8), 8).size == (8, 4)


def test_each_reason_is_a_row_and_only_the_maps_of_layers_are_smooth():
    about = {
        "step": 1,
        "pixels": np.full((1, 2, 2), 128, np.uint8),
        "heads": (Head(output="out", column=Column(name="class", names=("bag", "boot"))),),
        "values": np.array([0.75, 0.25], np.float32),
        "found": np.array([[1, -1], [-1, 1]], np.float32),
    }
    of_parts, of_layer = WhySeen(**about), WhySeen(method="grad-cam", layer="conv", **about)
    sheet = pixels(why_sheet([("one", of_parts), ("two", of_layer)], "step 1"))
    left = BORDER + SIDE + GAP
    rows = [sheet[top + 4 : top + SIDE - 4, left + 4 : left + SIDE - 4] for top in (BORDER, BORDER + SIDE + GAP)]
    num_colours = [len(np.unique(row.reshape(-1, 3), axis=0)) for row in rows]
    assert num_colours[0] == 2 < 20 < num_colours[1]
    long = pixels(why_sheet([("a very long name of a picture " * 40, of_parts), ("two", of_layer)], "step 1"))
    assert (long[BORDER + SIDE : BORDER + SIDE + GAP] == NEUTRAL).all(), "what has no room is not written over the next"
