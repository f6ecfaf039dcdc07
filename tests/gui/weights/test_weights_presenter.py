"""Matched weights in words: a row for each tensor of either side."""

import msgspec
import pytest

from workbench.compiler.weights_report import Match, Misfit, Unmatched, WeightsReport
from workbench.gui.weights.presenter import COLUMNS, WeightsPresenter, as_text, pretrained_of
from workbench.session.child_job import JobState

REPORT = WeightsReport(
    matches=(
        Match(name="conv.weight", source="module.conv.weight", shape=(8, 3, 3, 3)),
        Match(name="norm.weight", source="2.weight", shape=(8,), how="order"),
    ),
    misfits=(Misfit(name="fc.weight", source="fc.weight", wanted=(10, 8), given=(1000, 8)),),
    missing=(Unmatched(name="fc.bias", shape=(10,)),),
    unexpected=(Unmatched(name="aux.scale", shape=()),),
)


def done(report: WeightsReport) -> JobState:
    told = msgspec.to_builtins(report) | {"sentence": report.sentence("match"), "file": "a", "sha256": "b"}
    return JobState(phase="done", report=told)


@pytest.fixture
def presenter() -> WeightsPresenter:
    made = WeightsPresenter()
    made.take(done(REPORT))
    return made


def test_what_does_not_fit_comes_first(presenter: WeightsPresenter) -> None:
    assert [row.cells for row in presenter.rows] == [
        ("shape differs: initialised", "fc.weight", "10×8", "fc.weight", "1000×8"),
        ("not in the file: initialised", "fc.bias", "10", "", ""),
        ("not in the network", "", "", "aux.scale", "one number"),
        ("matches", "conv.weight", "8×3×3×3", "module.conv.weight", "8×3×3×3"),
        ("matches, by order", "norm.weight", "8", "2.weight", "8"),
    ]
    assert presenter.sentence.startswith("2 of 4 tensors match; 1 has a different shape: fc.weight")


def test_rows_are_found_by_words_and_by_what_becomes_of_them(presenter: WeightsPresenter) -> None:
    def names(words: str, *, misfits_alone: bool = False) -> list[str]:
        shown = presenter.shown(words, misfits_alone=misfits_alone)
        return [row.name for row, visible in zip(presenter.rows, shown, strict=True) if visible]

    assert names("FC 1000") == ["fc.weight"]
    assert names("", misfits_alone=True) == ["fc.weight", "fc.bias", ""]
    assert names("conv", misfits_alone=True) == []


def test_the_table_is_copied_for_a_spreadsheet(presenter: WeightsPresenter) -> None:
    lines = as_text(presenter.rows[:1]).splitlines()
    assert [line.split("\t") for line in lines] == [list(COLUMNS), list(presenter.rows[0].cells)]


def test_another_file_makes_what_was_found_void(presenter: WeightsPresenter) -> None:
    presenter.forget()
    assert presenter.rows == () and presenter.report is None and presenter.sentence == ""


def test_a_file_matched_again_shows_what_is_in_it_now(presenter: WeightsPresenter) -> None:
    presenter.begin()
    assert presenter.rows == ()
    presenter.take(JobState(phase="running", message="Reading…"))
    presenter.take(done(WeightsReport(matches=(), misfits=(), missing=REPORT.missing, unexpected=())))
    assert [row.name for row in presenter.rows] == ["fc.bias"]


def test_the_model_that_a_network_is_called_after() -> None:
    names = ("torchvision:resnet18", "torchvision:vit_b_16", "timm:resnet18", "timm:convnext_femto")
    assert pretrained_of("ResNet-18", names) == "torchvision:resnet18"
    assert pretrained_of("ViT-B/16", names) == "torchvision:vit_b_16"
    assert pretrained_of("convnext_femto", names) == pretrained_of("mine", names) == ""
