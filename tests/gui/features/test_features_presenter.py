"""What is shown of the maps of a real network: channels, scales, frames, the strongest pictures, words."""

import numpy as np
import pytest
import torch

from workbench.compiler.analysis import resolve
from workbench.compiler.module import build
from workbench.compiler.places import FeatureLayer, Layout, feature_layers, patches
from workbench.events import EpochFinished
from workbench.gui.features.presenter import FeaturesPresenter
from workbench.insight.features import features, strongest
from workbench.session.views.features import FeaturesSeen, StrongestSeen, chosen
from workbench.session.views.neighbours import Gallery
from workbench.spec.files import read_architecture
from workbench.spec.record import replace

NUM_PICTURES = 20


class Asked:
    """A presenter and a network that answers its questions about pictures of noise."""

    def __init__(self, name: str) -> None:
        architecture = read_architecture(name)
        self.resolution, self.module = resolve(architecture), build(architecture).eval()
        (shape,) = (node.parameters["shape"] for node in architecture.graph.inputs)
        self.pictures = torch.randn(NUM_PICTURES, *shape, generator=torch.Generator().manual_seed(0))
        self.presenter, self.number = FeaturesPresenter(), 0
        labels = np.arange(NUM_PICTURES) % 2
        self.presenter.show_gallery(
            Gallery(
                split="test", count=NUM_PICTURES, shape=tuple(shape), picture=self.pictures.numpy().__getitem__,
                labels=labels, class_names=("Bag", "Boot"),
            )
        )  # fmt: skip

    def answer(self) -> FeaturesPresenter:
        question = self.presenter.take_question()
        assert question is not None
        self.number += 1
        self.presenter.asked(self.number)
        layers = feature_layers(self.resolution)
        layer = chosen(layers, question.path)
        assert layer is not None
        values, others = features(self.module, layer, self.pictures[question.picture.number])
        places = patches(self.resolution, layer.path) if layer.layout == "maps" else None
        pixels = np.zeros(self.pictures.shape[1:], np.uint8)
        seen = FeaturesSeen(
            step=1200, pixels=pixels, layers=layers, layer=layer, values=values, others=others, patches=places
        )
        assert self.presenter.take_answer(self.number, seen)
        return self.presenter

    def rank(self) -> None:
        path = self.presenter.take_ranking_question()
        assert path is not None and self.presenter.layer is not None
        self.number += 1
        self.presenter.asked_ranking(self.number)
        found = strongest(self.module, self.presenter.layer, [(torch.arange(NUM_PICTURES), self.pictures)], 9)
        places = patches(self.resolution, path)
        seen = StrongestSeen(step=1200, path=path, split="test", found=found, patches=places)
        assert self.presenter.take_ranking(self.number, seen)


def test_the_first_layer_of_the_first_picture_then_a_channel_of_another_layer() -> None:
    asked = Asked("lenet")
    presenter = asked.answer()
    assert presenter.words == "Test picture 0, Bag · step 1,200" and presenter.layer is not None
    assert presenter.layer.path == "conv1" and len(presenter.layers) == 13
    assert presenter.facts.startswith("6×28×28 · −") and presenter.facts.endswith("0\N{NO-BREAK SPACE}% zeros")
    presenter.choose_channel(9)
    assert presenter.number == 0, "this layer has six"
    presenter.choose_layer("relu2")
    presenter = asked.answer()
    assert presenter.number == 9 and presenter.told.startswith("Channel 9: 0 to ")
    values = presenter.values[9]
    row, column = np.unravel_index(values.argmax(), values.shape)
    expected = patches(asked.resolution, "relu2")
    assert expected is not None and presenter.framed == expected.of(int(row), int(column))
    assert presenter.place_tip((0.99, 0.0)) == f"row 4, column 0: {values[4, 0]:.3g}"


def test_one_scale_or_each_its_own() -> None:
    presenter = Asked("lenet").answer()
    whole = float(np.abs(presenter.values).max())
    assert presenter.largest(3) == pytest.approx(whole)
    presenter.one_scale = False
    assert presenter.largest(3) == pytest.approx(float(np.abs(presenter.values[3]).max())) != whole


def test_the_strongest_pictures_are_those_of_the_channel_and_are_asked_for_once_a_layer() -> None:
    asked = Asked("lenet")
    presenter = asked.answer()
    assert presenter.take_ranking_question() is None and presenter.exciting == ()
    presenter.show_strongest(True)
    assert presenter.awaits_ranking and presenter.ranking_words == "Comparing all pictures…"
    asked.rank()
    every = np.stack([features(asked.module, presenter.layer, each)[0][2] for each in asked.pictures])
    presenter.choose_channel(2)
    largest = every.max(axis=(1, 2))
    assert [each.number for each in presenter.exciting] == np.argsort(-largest, kind="stable")[:9].tolist()
    best = presenter.exciting[0]
    assert best.response == pytest.approx(float(largest.max()), abs=1e-5)
    row, column = np.unravel_index(every[best.number].argmax(), every.shape[1:])
    assert best.part == patches(asked.resolution, "conv1").of(int(row), int(column))
    assert presenter.exciting_tip(best.number).startswith(("Bag · response", "Boot · response"))
    presenter.by_mean = True
    means = every.mean(axis=(1, 2))
    assert [each.number for each in presenter.exciting] == np.argsort(-means, kind="stable")[:9].tolist()
    assert presenter.take_ranking_question() is None
    epoch = EpochFinished(at=0.0, step=5, epoch=1, metrics={}, seconds=1.0)
    presenter.feed([epoch], "running")
    assert presenter.take_ranking_question() is None, "the training is not slowed"
    presenter.feed([], "paused")
    assert presenter.take_ranking_question() == "conv1"
    presenter.choose_layer("conv2")
    asked.answer()
    assert presenter.exciting == () and presenter.take_ranking_question() == "conv2"


def test_it_is_asked_again_as_the_network_learns_and_answers_for_another_picture_are_dropped() -> None:
    asked = Asked("lenet")
    presenter = asked.answer()
    assert presenter.take_question() is None
    presenter.feed([EpochFinished(at=0.0, step=5, epoch=1, metrics={}, seconds=1.0)], "running")
    again = presenter.take_question()
    assert again is not None and again.picture.number == 0
    presenter.asked(2)
    presenter.show_number(3)
    assert presenter.is_shown, "what is there stays until the answer"
    assert presenter.take_question() is not None
    presenter.asked(3)
    assert not presenter.take_answer(2, FeaturesSeen(step=5))
    assert presenter.take_answer(3, FeaturesSeen(step=5, problem="it ended"))
    assert presenter.empty_words == ("No feature maps to show", "It ended.")
    presenter.begin()
    assert presenter.empty_words[0] == "No network to look into yet" and presenter.take_question() is None
    presenter.begin("initial weights (seed 0)")
    assert presenter.empty_words[0] == "Asking the network…"
    presenter.problem = "the data is not downloaded yet"
    assert presenter.empty_words == ("No feature maps to show", "The data is not downloaded yet.")


@pytest.mark.parametrize(("layout", "things"), [("series", "channels"), ("tokens", "tokens")])
def test_the_matrix_of_a_series_is_one_of_channels(layout: Layout, things: str) -> None:
    layer = FeatureLayer(path="layer", type="Any", shape=(6, 20), layout=layout)
    matrix, others = np.ones((1, 6, 20), np.float32), np.zeros((1, 0), np.float32)
    presenter = FeaturesPresenter()
    presenter.asked(1)
    presenter.take_answer(
        1, FeaturesSeen(step=1, pixels=np.zeros(6), layers=(layer,), layer=layer, values=matrix, others=others)
    )
    assert presenter.told.startswith(f"The matrix of all {things}: 1 to 1")


def test_tokens_are_maps_where_their_grid_is_known_and_nan_is_said() -> None:
    asked = Asked("vit_mini")
    asked.presenter.choose_layer("encoder.ln")
    presenter = asked.answer()
    assert presenter.values.shape == (64, 7, 7) and presenter.framed is None
    assert "The class token has" in presenter.told
    with torch.no_grad():
        next(asked.module.parameters()).fill_(torch.nan)
    presenter.show_number(1)
    presenter = asked.answer()
    assert presenter.facts == "50×64 · the network answers NaN" and presenter.told == "Channel 0: NaN."


def test_rows_of_a_table_are_listed_by_their_numbers() -> None:
    asked = Asked("perceptron")
    presenter = asked.presenter
    gallery = presenter.gallery
    assert gallery is not None
    presenter.show_gallery(replace(gallery, shape=(4,)))
    presenter.show_number(2)
    presenter = asked.answer()
    assert presenter.words.startswith("Test row 2, Bag · ") and not presenter.are_pictures
    presenter.show_strongest(True)
    asked.rank()
    first = presenter.exciting[0]
    assert presenter.ranking_words.startswith(f"Of 20 test rows, step 1,200: {first.number} ({first.response:.3g}")
