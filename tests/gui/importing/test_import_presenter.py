"""The states of an import in words."""

import pytest

from workbench.gui.importing.presenter import ImportPresenter, hint, is_code, read_shape
from workbench.session.child_job import JobState
from workbench.spec.problems import SpecError

REPORT = {
    "nodes": 177,
    "blocks": 1,
    "parameters": 25_557_032,
    "max_abs_difference": 2.3e-7,
    "in_float64": False,
    "opaque": [f"roll{number}" for number in range(8)],
    "unused": ["aux.weight"],
    "plain": ["conv.weight", "head.weight"],
}


def test_what_would_come_in_is_said_before() -> None:
    assert hint("torchvision:resnet50").startswith("A torchvision model")
    assert hint("/home/ada/Net.ONNX").startswith("An ONNX file")
    assert "executed" in hint("mine.py") and is_code("mine.py")
    assert hint("") == hint("notes.txt")
    assert not is_code("torchvision:x.py")


@pytest.mark.parametrize("text", ["3, 224, 224", "3×224×224", " 3x224x224 ", "3,224,224"])
def test_an_input_size(text: str) -> None:
    assert read_shape(text) == (3, 224, 224)


def test_no_input_size_and_what_is_none() -> None:
    assert read_shape("  ") is None
    for text in ("large", "3,,3", "0,4,4", "-1"):
        with pytest.raises(SpecError, match="write channels, height, width"):
            read_shape(text)


def test_what_was_found_is_a_row_each() -> None:
    presenter = ImportPresenter()
    presenter.begin()
    assert presenter.rows("") == () and presenter.sentence == "Starting…"
    presenter.take(JobState(phase="done", report=REPORT))
    rows = dict(presenter.rows("/kept/net.safetensors"))
    assert rows["Nodes"] == "177, in 1 block" and rows["Parameters"] == "25,557,032"
    assert rows["Largest difference"] == "2.3e-07 from the original's outputs"
    assert rows["Formulas"].endswith("roll0, roll1, roll2, roll3, roll4, roll5 and 2 more")
    assert rows["Dropped"] == "1 unused tensor: aux.weight"
    assert rows["Plain"] == "2 weights were computed from others: conv.weight, head.weight"
    assert rows["Weights"] == "/kept/net.safetensors"
    presenter.take(
        JobState(phase="done", report=REPORT | {"opaque": [], "unused": [], "plain": [], "in_float64": True})
    )
    rows = dict(presenter.rows(""))
    assert rows["Largest difference"].endswith(", both in float64: float32 rounds more than that")
    assert (
        rows["Formulas"].startswith("none")
        and rows.keys().isdisjoint(("Dropped", "Plain"))
        and "initialised" in rows["Weights"]
    )


def test_what_could_not_begin_or_was_called_off() -> None:
    presenter = ImportPresenter()
    presenter.refuse("File not found")
    assert (presenter.phase, presenter.sentence, presenter.report) == ("failed", "File not found.", None)
    presenter.call_off()
    assert presenter.sentence == "Cancelled; nothing was imported."
