"""What is predicted in the plane, of a network whose boundary is known, and of one in a real run."""

import numpy as np
import pytest
import torch

from tests.session.waiting import DEADLINE_S, steps
from tests.training.experiments import digits, with_training
from workbench.compiler.module import build
from workbench.insight.regions import SIDE, regions
from workbench.session.in_thread import start
from workbench.session.plane import MOST_POINTS
from workbench.spec.files import read_experiment


def test_a_line_parts_the_square_where_its_weights_say_and_up_is_up():
    module = build(read_experiment("perceptron-xor").architecture, classes=2).eval()
    with torch.no_grad():
        module.fc.weight.copy_(torch.tensor([[0.0, 5.0], [0.0, -5.0]]))  # class 0 above y = 1
        module.fc.bias.copy_(torch.tensor([-5.0, 5.0]))
    found = regions(module, "output", (3.0, 1.0), 2.0)
    assert found.shape == (2, SIDE, SIDE) and np.allclose(found.sum(axis=0), 1)
    predicted = found.argmax(axis=0)
    assert (predicted[: SIDE // 2] == 0).all() and (predicted[SIDE // 2 :] == 1).all()
    assert found[0, 0, 0] == pytest.approx(1 / (1 + np.exp(-20)), abs=1e-6)  # at y = 3, logits of 10 and -10


def test_a_run_on_points_shows_what_its_network_predicts_and_is_not_affected(tmp_path):
    runs = []
    for watched in (True, False):
        run = start(with_training(read_experiment("mlp-xor"), epochs=3), tmp_path)
        run.insight.watches_filters = watched
        assert run.join(DEADLINE_S) and run.state == "finished"
        runs.append(run)
    assert [step.loss for step in steps(runs[0])] == [step.loss for step in steps(runs[1])]
    _, plane = runs[0].insight.plane.newest()
    assert plane.step == steps(runs[0])[-1].step and plane.class_names == ("same signs", "different signs")
    assert len(plane.points) == len(plane.labels) == min(200, MOST_POINTS)
    assert (abs(plane.points - plane.middle) < plane.reach).all()


def test_a_run_on_pictures_has_no_plane(tmp_path):
    run = start(digits(epochs=1), tmp_path)
    assert run.join(DEADLINE_S) and run.insight.plane.newest() is None
