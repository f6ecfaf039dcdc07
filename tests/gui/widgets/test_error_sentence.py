"""Whatever an error says, it stands as a sentence with one full stop."""

import pytest

from workbench.gui.job.presenter import JobPresenter
from workbench.gui.run_bar.presenter import RunBarPresenter
from workbench.gui.widgets.error_sentence import sentence
from workbench.session.child_job import JobState
from workbench.spec.problems import SpecError
from workbench.spec.words import ended


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            SpecError("net.json is not a network: choose another file"),
            "net.json is not a network: choose another file.",
        ),
        (SpecError("it has no Input. Add one."), "It has no Input. Add one."),
        (SpecError("conv: no such layer"), "conv: no such layer."),
        (SpecError("what is this?"), "What is this?"),
        (FileNotFoundError(2, "No such file or directory", "/a/b"), "/a/b: No such file or directory."),
        (OSError("the disk is gone"), "The disk is gone."),
        (KeyError("x"), "This is an internal error (KeyError); see the log for details."),
    ],
)
def test_an_error_is_a_sentence_with_one_full_stop(error: Exception, words: str) -> None:
    assert sentence(error) == words
    assert ended(words) == words, "it is never added twice"


def test_so_are_a_failed_job_and_a_failed_run() -> None:
    job, run = JobPresenter(), RunBarPresenter()
    job.take(JobState(phase="failed", message="net.onnx: not an ONNX file"))
    assert job.sentence == "net.onnx: not an ONNX file."
    run.refuse("the folder is full")
    assert run.failure_words == "The folder is full."
