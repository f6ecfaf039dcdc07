"""The progress of a job in words."""

from workbench.gui.export.presenter import OnnxPresenter
from workbench.session.child_job import JobState


def test_a_job_that_is_long_at_one_thing_says_for_how_long() -> None:
    now_s = 100.0
    presenter = OnnxPresenter(lambda: now_s)
    presenter.begin()
    begins = presenter.sentence
    now_s += 4.0
    assert presenter.sentence == begins
    now_s += 3.0
    assert presenter.sentence == f"{begins.removesuffix('…')} · 7 s"
    presenter.take(JobState(phase="running", message="Translating the network"))
    assert presenter.sentence == "Translating the network"
    now_s += 70.0
    presenter.take(JobState(phase="running", message="Translating the network"))
    assert presenter.sentence == "Translating the network · 1 min 10 s"
    presenter.take(JobState(phase="failed", message="the disk is full"))
    assert presenter.sentence == "the disk is full."
