"""An export's states in words."""

from workbench.gui.export.presenter import ExportPresenter
from workbench.session.export import ExportState

REPORT = {
    "file": "lenet.onnx",
    "opset": 18,
    "size_bytes": 249_870,
    "sha256": "ab" * 32,
    "proof": {"images": 64, "max_abs_difference": 1.43e-6, "top1_agreement": 1.0, "torch": "2.11", "onnxruntime": "1.20"},
}


def test_the_proof_is_said_when_it_is_done() -> None:
    presenter = ExportPresenter()
    presenter.begin()
    assert presenter.phase == "running" and presenter.proof == ()
    presenter.take(ExportState(phase="done", report=REPORT))
    rows = dict(presenter.proof)
    assert rows["Largest difference"] == "1.4e-06"
    assert rows["Same class"] == "100 % of pictures"
    assert rows["Checked on"] == "64 pictures, torch 2.11 against onnxruntime 1.20"
    assert rows["Size"] == "249,870 bytes, opset 18"


def test_outputs_that_rank_no_classes_have_no_agreement() -> None:
    presenter = ExportPresenter()
    presenter.take(ExportState(phase="done", report=REPORT | {"proof": REPORT["proof"] | {"top1_agreement": None}}))
    assert "Same class" not in dict(presenter.proof)


def test_a_failure_is_the_jobs_own_sentence() -> None:
    presenter = ExportPresenter()
    presenter.begin()
    presenter.take(ExportState(phase="failed", message="the disk is full"))
    assert (presenter.phase, presenter.sentence, presenter.proof) == ("failed", "the disk is full", ())


def test_a_running_export_says_its_newest_line() -> None:
    presenter = ExportPresenter()
    presenter.begin()
    assert presenter.sentence.startswith("Translating")
    presenter.take(ExportState(phase="running", message="checking 64 pictures"))
    assert presenter.sentence == "checking 64 pictures"
