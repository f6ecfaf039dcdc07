"""The network of a run in another process: shown from its checkpoints, however quickly these follow one another."""

import contextlib

from tests.session.waiting import DEADLINE_S, wait_for
from tests.training.experiments import digits
from workbench.runs.store import LAST
from workbench.session.running.in_thread import start
from workbench.session.views.insight import Insight
from workbench.session.views.shown_checkpoint import ShownCheckpoint


def test_a_question_is_answered_although_a_checkpoint_follows_at_every_look(tmp_path):
    """Epochs of a small network end faster than the run is looked at: loading must not go before every answer."""
    run = start(digits(epochs=1), tmp_path)
    assert run.join(DEADLINE_S) and run.state == "finished"
    said = []
    insight = Insight(said.append)
    shown = ShownCheckpoint(run.folder, run.experiment, said.append)
    with contextlib.closing(insight), contextlib.closing(shown):
        insight.ask_neighbours(3)

        def looked_and_answered():
            shown.saved()
            shown.serve(insight)
            return insight.neighbours.newest() is not None

        wait_for(looked_and_answered, deadline_s=30)
        _, answer = insight.neighbours.newest()
    assert (answer.query, answer.step, answer.problem, len(answer.indices)) == (3, 21, "", 20) and not said


def test_without_a_checkpoint_nothing_is_loaded_and_one_that_cannot_be_read_is_told_of(tmp_path):
    said = []
    insight = Insight(said.append)
    shown = ShownCheckpoint(tmp_path, digits(), said.append)
    with contextlib.closing(insight), contextlib.closing(shown):
        insight.ask_neighbours(3)
        shown.serve(insight)
        assert shown.has_caught_up(insight) and not said
        shown.saved()
        wait_for(lambda: shown.has_caught_up(insight))
    (sentence,) = said
    assert sentence.startswith(f"The network of this run cannot be shown: {tmp_path / LAST}: ")
