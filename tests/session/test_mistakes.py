"""What a run says of its mistakes is what its log has measured, alive, saved, and averaged."""

import msgspec
import pytest

from tests.session.test_run import DEADLINE_S, wait_for
from tests.training.experiments import digits, with_training
from workbench.data.progress import silent
from workbench.events import EpochFinished, FinalTest, RunPaused
from workbench.session.mistakes import mistakes_of_run
from workbench.session.replay import Replay
from workbench.session.run import start
from workbench.spec.files import read_experiment


def asked(run):
    """The newest answer, once there is one."""
    run.insight.ask_mistakes()
    wait_for(lambda: run.insight.mistakes.newest() is not None)
    return run.insight.mistakes.newest()[1]


def top1(found):
    return found.num_right / len(found.labels)


@pytest.mark.parametrize("average", [None, 0.9])
def test_alive_and_saved_the_share_that_is_right_is_the_tests(tmp_path, average):
    run = start(with_training(digits(epochs=1), average=average), tmp_path)
    wait_for(lambda: run.state == "finished")
    (tested,) = [event for event in run.log.since(0) if isinstance(event, FinalTest)]
    found = asked(run)
    assert run.join(DEADLINE_S)
    assert found.split == "test" and top1(found) == pytest.approx(tested.metrics["test/top1"])
    replay = Replay(run.folder)
    for again in (asked(replay), mistakes_of_run(run.folder, silent)):  # by the best, which here is the last
        assert again.step == found.step and (again.predicted == found.predicted).all()
    assert replay.join(DEADLINE_S)


def test_a_paused_run_answers_by_its_network_as_it_is(tmp_path):
    run = start(digits(epochs=500), tmp_path)
    wait_for(lambda: any(isinstance(event, EpochFinished) for event in run.log.since(0)))
    run.pause()
    wait_for(lambda: isinstance(run.log.since(0)[-1], RunPaused))
    found = asked(run)
    assert not found.problem and found.matrix.sum() == len(run.insight.gallery.newest()[1].inputs)
    run.stop()
    assert run.join(DEADLINE_S)


def test_a_network_that_tells_no_classes_apart_says_so(tmp_path):
    experiment = read_experiment("regression-shapes")
    run = start(
        msgspec.structs.replace(experiment, training=msgspec.structs.replace(experiment.training, epochs=1)), tmp_path
    )
    run.insight.ask_mistakes()
    wait_for(lambda: run.insight.mistakes.newest() is not None)
    found = run.insight.mistakes.newest()[1]
    assert found.problem == "This network tells no classes apart" and not len(found.labels)
    run.stop()
    assert run.join(DEADLINE_S)
