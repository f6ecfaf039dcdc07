"""Filters as pictures, for weights whose pictures are known."""

import numpy as np

from workbench.gui.watch.filters.presenter import MOST_TILES, STRENGTH, painted_regions, tiles


def test_grey_filters_run_from_black_to_white_each() -> None:
    filters = np.array([[[[0, 1], [2, 4]]], [[[-10, 0], [0, 10]]]], np.float32)
    shown = tiles(filters, common_contrast=False)
    assert shown.pictures.shape == (2, 2, 2, 3)
    assert shown.pictures[0, ..., 0].tolist() == [[0, 64], [128, 255]]
    assert shown.pictures[1, ..., 2].tolist() == [[0, 128], [128, 255]]
    assert shown.caption(1) == "Filter 1 · weights -10.000 to +10.000"


def test_common_contrast_shares_black_and_white() -> None:
    filters = np.array([[[[0, 5]]], [[[-10, 10]]]], np.float32)
    shown = tiles(filters, common_contrast=True)
    assert shown.pictures[:, 0, :, 0].tolist() == [[128, 191], [0, 255]]


def test_three_channels_are_one_colour_picture() -> None:
    filters = np.zeros((1, 3, 1, 1), np.float32)
    filters[0, :, 0, 0] = [1, 0, 0.5]
    shown = tiles(filters, common_contrast=False)
    assert shown.is_colour and shown.pictures.tolist() == [[[[255, 0, 128]]]]


def test_other_channel_numbers_are_one_picture_each() -> None:
    shown = tiles(np.random.default_rng(0).normal(size=(4, 2, 5, 5)).astype(np.float32), common_contrast=False)
    assert len(shown.pictures) == 8
    assert shown.labels[3] == "Filter 1, channel 1"


def test_a_flat_filter_and_lost_weights_can_be_shown() -> None:
    filters = np.zeros((2, 1, 2, 2), np.float32)
    filters[1, 0] = [[np.nan, np.inf], [1, -1]]
    shown = tiles(filters, common_contrast=False)
    assert np.all(shown.pictures[0] == 128)
    assert shown.pictures[1, 1, :, 0].tolist() == [255, 0]


def test_what_is_left_out_is_counted() -> None:
    shown = tiles(np.zeros((MOST_TILES + 7, 1, 1, 1), np.float32), common_contrast=False)
    assert (len(shown.pictures), shown.num_left_out) == (MOST_TILES, 7)


def test_a_place_is_coloured_by_the_probability_of_each_class_and_left_blank_where_there_is_none() -> None:
    probabilities = np.array([[[1.0, 0.0], [0.5, np.nan]], [[0.0, 1.0], [0.5, np.nan]]], np.float32)
    painted = painted_regions(probabilities, ((200, 0, 0), (0, 100, 0)), (40, 40, 40))
    assert STRENGTH == 0.5 and painted.dtype == np.uint8
    assert painted.tolist() == [[[120, 20, 20], [20, 70, 20]], [[70, 45, 20], [40, 40, 40]]]
