"""What is shown of the attention of real networks: layers, maps, queries, words."""

import numpy as np
import pytest
import torch

from workbench.compiler.module import build
from workbench.events import EpochFinished
from workbench.gui.attention.presenter import ROLLOUT, AttentionPresenter, Map, short_titles
from workbench.insight.attention import attention
from workbench.session.views.attention import AttentionSeen, OnePicture
from workbench.spec.files import read_architecture


def percent(share):
    return f"{100 * share:.1f}\N{NO-BREAK SPACE}%"


class Asked:
    """A presenter and a network that answers its questions."""

    def __init__(self, name: str) -> None:
        architecture = read_architecture(name)
        (shape,) = (node.parameters["shape"] for node in architecture.graph.inputs)
        assert isinstance(shape, list)
        self.module = build(architecture).eval()
        self.picture = torch.randn(shape, generator=torch.Generator().manual_seed(0))
        self.presenter = AttentionPresenter()
        self.number = 0
        self.presenter.show_picture(OnePicture(name="boot.png", split="test", number=3))

    def answer(self) -> AttentionPresenter:
        question = self.presenter.take_question()
        assert question is not None
        self.number += 1
        self.presenter.asked(self.number)
        found = attention(self.module, self.picture, question.query)
        seen = AttentionSeen(step=1200, pixels=None, layers=found.layers, rollout=found.rollout)
        assert self.presenter.take_answer(self.number, seen)
        return self.presenter


def test_a_head_of_a_layer_or_the_mean_is_chosen_and_kept_in_other_layers() -> None:
    presenter = Asked("vit_mini").answer()
    assert presenter.words == "boot.png · step 1,200"
    assert [title for _, title in presenter.layers] == [
        "Rollout of all layers",
        *(f"encoder_layer_{n}" for n in range(6)),
    ]
    assert presenter.path == "encoder.layers.encoder_layer_5.self_attention.weights", "the last layer at first"
    assert [each.caption for each in presenter.maps] == ["mean of heads", "head 1", "head 2", "head 3", "head 4"]
    heads = np.stack([each.shares for each in presenter.maps[1:]])
    np.testing.assert_allclose(presenter.map.shares, heads.mean(axis=0))

    presenter.choose_map(3)
    assert presenter.map.caption == "head 3"
    presenter.choose_layer("encoder.layers.encoder_layer_2.self_attention.weights")
    assert presenter.map.caption == "head 3" and not np.array_equal(presenter.map.shares, heads[2])
    presenter.choose_layer(ROLLOUT)
    assert [each.caption for each in presenter.maps][:2] == ["all 6 layers", "first 5 layers"]
    assert presenter.map.caption == "all 6 layers" and presenter.maps[-1].caption == "first layer"
    assert presenter.seen is not None and presenter.seen.rollout is not None
    assert np.array_equal(presenter.map.shares, presenter.seen.rollout.shares[5])


def test_a_patch_becomes_the_query_and_the_class_token_again() -> None:
    asked = Asked("vit_mini")
    presenter = asked.answer()
    assert presenter.default_title == "Class token" and presenter.framed is None
    share, even = presenter.map.largest, 1 / 50
    assert presenter.told == (
        f"Query: the class token · mean of heads. Red: more than an even share, which is "
        f"{percent(even)} of the attention, up to {percent(share)}. The class token itself gets {percent(presenter.map.others[0])}."
    )
    presenter.choose_query((0.99, 0.3))
    assert asked.answer().framed == (6, 2)
    assert presenter.told.startswith("Query: the framed patch")
    presenter.move_query(1, -1)
    assert asked.answer().framed == (6, 1), "it stays in the picture"
    presenter.choose_query(None)
    assert asked.answer().framed is None
    presenter.move_query(0, 1)
    assert asked.answer().framed == (3, 3), "the keys begin in the middle"
    point = (3.5 / 7, 6.9 / 7)
    assert presenter.tip(point) == f"row 4, column 7: {percent(presenter.map.shares[3, 6])} of the attention"


def test_of_windows_only_what_a_query_reaches_is_shown() -> None:
    asked = Asked("swin_mini")
    presenter = asked.answer()
    titles = ["1.0", "1.1", "3.0", "3.1", "5.0", "5.1"]
    assert [title for _, title in presenter.layers] == titles, "there is no rollout"
    assert presenter.default_title == "All queries"
    assert presenter.told.startswith("Mean over all queries · mean of heads.")
    presenter.choose_map(8)
    presenter.choose_layer("features.1.0.attn.weights")
    assert len(presenter.maps) == 3 and presenter.map.caption == "mean of heads", "this layer has no head 8"
    presenter.choose_query((0.0, 0.0))
    asked.answer()
    assert (
        np.isfinite(presenter.map.shares).sum() == 16
        and "an even share, which is 6.2\N{NO-BREAK SPACE}%" in presenter.told
    )
    assert presenter.tip((0.9, 0.9)) == "row 15, column 15: outside the query's window"


@pytest.mark.parametrize("name", ["vit_mini", "swin_mini"])
def test_a_diverged_network_is_said_to_be_one(name: str) -> None:
    asked = Asked(name)
    with torch.no_grad():
        next(asked.module.parameters()).fill_(torch.nan)
    presenter = asked.answer()
    assert presenter.told == "The network answers NaN." and np.isnan(presenter.map.largest)
    assert presenter.tip((0, 0)) == "row 1, column 1: NaN" and presenter.map.tip == "mean of heads: NaN"
    assert not (presenter.map.above_even / presenter.map.strongest >= 0).any(), "nothing is drawn red"


def test_an_even_share_stays_clear_and_little_more_is_faint() -> None:
    near = Map(caption="", shares=np.array([[0.24, 0.25], [0.25, 0.26]], np.float32), others=np.zeros(0, np.float32))
    assert np.allclose(near.above_even / near.strongest, [[-0.04, 0], [0, 0.04]], atol=1e-6)
    far = Map(caption="", shares=np.array([[0.05, 0.85], [0.05, 0.05]], np.float32), others=np.zeros(0, np.float32))
    assert np.allclose(far.above_even / far.strongest, [[-1 / 3, 1], [-1 / 3, -1 / 3]], atol=1e-6)


def test_it_is_asked_again_as_the_network_learns_and_answers_for_another_picture_are_dropped() -> None:
    asked = Asked("vit_mini")
    presenter = asked.answer()
    assert presenter.take_question() is None
    presenter.feed([EpochFinished(at=0.0, step=5, epoch=1, metrics={}, seconds=1.0)], "running")
    again = presenter.take_question()
    assert again is not None and again.picture.name == "boot.png"
    presenter.asked(2)
    presenter.show_picture(OnePicture(name="bag.png"))
    assert presenter.is_shown and presenter.words.startswith("boot.png · "), "until the answer has come"
    assert presenter.take_question() is not None
    presenter.asked(3)
    assert not presenter.take_answer(2, AttentionSeen(step=5))
    assert presenter.take_answer(3, AttentionSeen(step=5, problem="it ended"))
    assert presenter.empty_words == ("No attention to show", "It ended.") and presenter.layers == []
    presenter.begin()
    assert presenter.empty_words[0] == "No network to look into yet" and presenter.take_question() is None


@pytest.mark.parametrize(
    ("paths", "titles"),
    [
        (["blocks.0.attn", "blocks.1.attn"], ["0", "1"]),
        (["attn.weights", "layer.attn.weights"], ["attn", "layer.attn"]),
        (["a.x.b", "a.b"], ["x", "a.b"]),
        (["encoder.attention"], ["encoder.attention"]),
        (["a", "a.b"], ["a", "a.b"]),
    ],
)
def test_titles_leave_out_what_all_paths_share(paths: list[str], titles: list[str]) -> None:
    assert list(short_titles(paths)) == titles
