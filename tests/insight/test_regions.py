"""What is predicted in the plane, of a network whose boundary is known, and of one in a real run."""

import contextlib
import threading
import time

import numpy as np
import pytest
import torch

from tests.data.sources.test_table_numbers import experiment_on, write_csv
from tests.session.waiting import DEADLINE_S, steps, wait_for
from tests.training.experiments import digits, with_training
from workbench.compiler.module import build
from workbench.insight.regions import SIDE, regions
from workbench.session.prepared import dataset_of
from workbench.session.running.in_thread import start
from workbench.session.views.insight import FILTER_INTERVAL_S, Insight
from workbench.session.views.plane import MOST_POINTS
from workbench.spec.files import read_experiment
from workbench.spec.override import override
from workbench.training.beginning import prepare


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


def shown_step(run):
    """The step after which the newest plane was predicted; 0 without one."""
    newest = run.insight.plane.newest()
    return newest[1].step if newest else 0


def test_a_run_on_points_shows_what_its_network_predicts_and_is_not_affected(tmp_path):
    runs = []
    for watched in (True, False):
        run = start(with_training(read_experiment("mlp-xor"), epochs=3), tmp_path)
        run.insight.watches_filters = watched
        wait_for(lambda run=run: run.state == "finished" and shown_step(run) == steps(run)[-1].step)
        assert run.join(DEADLINE_S)
        runs.append(run)
    assert [step.loss for step in steps(runs[0])] == [step.loss for step in steps(runs[1])]
    _, plane = runs[0].insight.plane.newest()
    assert plane.class_names == ("same signs", "different signs")
    assert len(plane.points) == len(plane.labels) == min(200, MOST_POINTS)
    assert (abs(plane.points - plane.middle) < plane.reach).all()


def test_a_table_is_shown_standardised_with_points_of_all_of_its_test_split(tmp_path):
    random = np.random.default_rng(0)
    rows = [
        [50 * x + 1000, 0.001 * y, "high" if x + y > 0 else "low", "test" if number < 1000 else "train"]
        for number, (x, y) in enumerate(random.normal(size=(2000, 2)).tolist())
    ]
    path = write_csv(tmp_path / "a.csv", ["a", "b", "kind", "split"], sorted(rows, key=lambda row: row[2:]))
    run = start(experiment_on(path, **{"training.epochs": 5}), tmp_path)
    wait_for(lambda: run.state == "finished" and shown_step(run) == steps(run)[-1].step)
    assert run.join(DEADLINE_S)
    _, plane = run.insight.plane.newest()
    assert len(plane.points) == MOST_POINTS and 150 < plane.labels.sum() < 250
    places = (plane.points - plane.middle) / plane.reach
    assert (abs(places).max(axis=0) > 0.6).all()
    across, down = ((places * (1, -1) + 1) / 2 * SIDE).astype(int).T
    assert (plane.probabilities.argmax(axis=0)[down, across] == plane.labels).mean() > 0.95


def test_a_large_network_is_asked_in_another_thread_and_seldom(monkeypatch):
    experiment = read_experiment("mlp-moons")
    for name in ("fc1", "fc2"):
        experiment = override(experiment, f"architecture.graph.nodes.{name}.out_features", "1024")
    dataset = dataset_of(experiment)
    plan, state = prepare(experiment, dataset)
    asked_in, took_s = set(), []

    def noted(*arguments):
        asked_in.add(threading.current_thread())
        began_s = time.monotonic()
        found = regions(*arguments)
        took_s.append(time.monotonic() - began_s)
        return found

    monkeypatch.setattr("workbench.insight.regions.regions", noted)
    insight = Insight(str)
    with contextlib.closing(insight):
        insight.attach(plan, state, dataset)
        insight.watches_filters = True
        wait_for(insight.plane.newest)
        assert asked_in and threading.main_thread() not in asked_in
        came_s, state.step = time.monotonic(), 1
        while time.monotonic() - came_s < 3 * took_s[0]:
            insight.serve()
        assert insight.plane.newest()[1].step == 0
        wait_for(lambda: insight.serve() or insight.plane.newest()[1].step == 1)


def test_at_rest_each_step_is_shown_at_once_and_one_without_another_is_predicted_once(monkeypatch):
    monkeypatch.setattr("workbench.session.views.plane.MOST_SHARE", 1e-9)  # none is ever due
    experiment = read_experiment("mlp-moons")
    dataset = dataset_of(experiment)
    plan, state = prepare(experiment, dataset)
    insight = Insight(str)
    with contextlib.closing(insight):
        insight.attach(plan, state, dataset)
        insight.watches_filters = True
        wait_for(insight.plane.newest)
        began_s = time.monotonic()
        while time.monotonic() - began_s < 5 * FILTER_INTERVAL_S:
            insight.serve(at_rest=True)
        state.step = 1
        wait_for(lambda: insight.serve(at_rest=True) or insight.plane.newest()[1].step == 1)
        assert insight.plane.newest()[0] == 2


def test_the_points_have_the_classes_of_the_column_that_is_predicted(tmp_path):
    random = np.random.default_rng(0)
    points = random.normal(size=(400, 2)).tolist()
    rows = [[x, y, "right" if x > 0 else "left", "high" if y > 0 else "low"] for x, y in points]
    path = write_csv(tmp_path / "a.csv", ["a", "b", "side", "height"], rows)
    first, second = (
        experiment_on(path, 2, **{"training.heads": [{"output": "output", "target": target}]})
        for target in ("side", "height")
    )
    dataset = dataset_of(first)
    assert dataset.columns[0].name == "side"
    insight = Insight(str)
    with contextlib.closing(insight):
        insight.attach(*prepare(second, dataset), dataset)
        wait_for(insight.plane.newest)
        _, plane = insight.plane.newest()
    assert plane.class_names == ("high", "low")
    assert np.array_equal(plane.labels == 0, plane.points[:, 1] > plane.points[:, 1][plane.labels == 1].max())


def test_a_run_on_pictures_has_no_plane(tmp_path):
    run = start(digits(epochs=1), tmp_path)
    assert run.join(DEADLINE_S) and run.insight.plane.newest() is None
