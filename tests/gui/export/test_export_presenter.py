"""The states of an export in words."""

from workbench.gui.export.presenter import CodePresenter, OnnxPresenter
from workbench.session.child_job import JobState

REPORT = {
    "file": "/home/me/lenet.onnx",
    "opset": 18,
    "size_bytes": 249_870,
    "size_as_floats": None,
    "images": 128,
    "max_abs_difference": 1.43e-6,
    "top1_agreement": 1.0,
    "weights": "",
}


def test_the_proof_is_said_when_it_is_done() -> None:
    presenter = OnnxPresenter()
    presenter.begin()
    assert presenter.phase == "running" and presenter.rows == ()
    presenter.take(JobState(phase="done", report=REPORT))
    rows = dict(presenter.rows)
    assert rows["Largest difference"] == "1.4e-06"
    assert rows["Same top-1 class"] == "in 100 % of them"
    assert rows["Verified on"] == "128 inputs"
    assert rows["Size"] == "249,870 bytes" and "Weights" not in rows
    presenter.take(JobState(phase="done", report=REPORT | {"size_bytes": 73_798, "size_as_floats": 249_267}))
    assert dict(presenter.rows)["Size"] == "73,798 bytes, in floats 249,267"
    presenter.take(JobState(phase="done", report=REPORT | {"weights": "60 of 62 tensors loaded"}))
    assert presenter.rows[0] == ("Weights", "60 of 62 tensors loaded")


def test_outputs_that_rank_no_classes_have_no_agreement() -> None:
    presenter = OnnxPresenter()
    presenter.take(JobState(phase="done", report=REPORT | {"top1_agreement": None}))
    assert "Same top-1 class" not in dict(presenter.rows)


def test_a_failure_is_the_jobs_own_sentence() -> None:
    presenter = OnnxPresenter()
    presenter.begin()
    presenter.take(JobState(phase="failed", message="the disk is full"))
    assert (presenter.phase, presenter.sentence, presenter.rows) == ("failed", "the disk is full.", ())


def test_a_running_export_says_its_newest_line() -> None:
    presenter = OnnxPresenter()
    presenter.begin()
    assert presenter.sentence.startswith("Exporting")
    presenter.take(JobState(phase="running", message="checking 64 pictures"))
    assert presenter.sentence == "checking 64 pictures"


def test_of_code_the_files_are_named() -> None:
    presenter = CodePresenter()
    report = {"file": "net.py", "training": None, "data": [], "weights": None}
    presenter.take(JobState(phase="done", report=report))
    assert presenter.rows == (("Network", "net.py"),)
    presenter.take(JobState(phase="done", report=report | {"training": "train_net.py", "data": ["a.npz", "b.npy"]}))
    assert presenter.rows[1:] == (("Training script", "train_net.py"), ("Prepared data", "a.npz\nb.npy"))
