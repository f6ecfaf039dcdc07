"""The curves and counts of labels against scikit-learn's, and of a run against the measures in its log."""

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import (
    average_precision_score,
    confusion_matrix,
    f1_score,
    precision_recall_curve,
    precision_score,
    recall_score,
    roc_auc_score,
    roc_curve,
)

from tests.session.waiting import DEADLINE_S
from workbench import cli
from workbench.data.progress import silent
from workbench.events import FinalTest
from workbench.session.running.in_thread import start
from workbench.session.views.mistakes.asked import mistakes_of_run
from workbench.session.views.mistakes.binary import counts_at, curves_of
from workbench.session.views.mistakes.labels import LabelMistakes
from workbench.spec.column import Column
from workbench.spec.files import read_experiment
from workbench.spec.override import override


def drawn(count: int, *, ties: bool) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that say something of what is, some of them equal if there are ``ties``."""
    draw = np.random.default_rng(count)
    is_positive = draw.random(count) < 0.3
    probabilities = np.clip(0.4 * is_positive + 0.6 * draw.random(count), 0, 1)
    return (probabilities.round(1) if ties else probabilities).astype(np.float32), is_positive


@pytest.mark.parametrize("ties", [False, True])
def test_curves_and_areas_are_scikit_learns(ties: bool) -> None:
    probabilities, is_positive = drawn(400, ties=ties)
    found = curves_of(probabilities, is_positive)
    false_positive, true_positive, _ = roc_curve(is_positive, probabilities, drop_intermediate=False)
    np.testing.assert_allclose(found.false_positive_rate, false_positive, atol=1e-6)
    np.testing.assert_allclose(found.true_positive_rate, true_positive, atol=1e-6)
    precision, recall, _ = precision_recall_curve(is_positive, probabilities)
    np.testing.assert_allclose(found.precision[-len(precision) :], precision, atol=1e-6)
    np.testing.assert_allclose(found.recall[-len(recall) :], recall, atol=1e-6)
    assert found.auc == pytest.approx(roc_auc_score(is_positive, probabilities), abs=1e-6)
    assert found.average_precision == pytest.approx(average_precision_score(is_positive, probabilities), abs=1e-6)


@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.9, 1.1])
def test_counts_at_a_threshold_are_scikit_learns(threshold: float) -> None:
    probabilities, is_positive = drawn(200, ties=True)
    found, predicted = counts_at(probabilities, is_positive, threshold), probabilities >= threshold
    true_negatives, false_positives, false_negatives, true_positives = confusion_matrix(is_positive, predicted).ravel()
    assert (found.true_negatives, found.false_positives) == (true_negatives, false_positives)
    assert (found.false_negatives, found.true_positives) == (false_negatives, true_positives)
    for ours, theirs in ((found.precision, precision_score), (found.recall, recall_score), (found.f1, f1_score)):
        assert ours == pytest.approx(theirs(is_positive, predicted, zero_division=np.nan), nan_ok=True)
    assert found.false_positive_rate == pytest.approx(1 - recall_score(~is_positive, ~predicted))


@pytest.mark.parametrize("is_positive", [np.zeros(5, bool), np.ones(5, bool)])
def test_without_both_kinds_there_is_no_curve(is_positive: np.ndarray) -> None:
    found = curves_of(np.linspace(0, 1, 5, dtype=np.float32), is_positive)
    assert np.isnan(found.auc) and np.isnan(found.average_precision) and not len(found.recall)


def test_the_most_confident_mistakes_come_first() -> None:
    column = Column(name="shapes", kind="labels", names=("circle", "square", "star"))
    found = LabelMistakes(
        split="test",
        step=1,
        output="output",
        column=column,
        actual=np.array([[1, 0, 0], [0, 0, 0], [1, 1, 0], [0, 1, 0], [1, 0, 0]], bool),
        probabilities=np.array(
            [[0.9, 0.1, 0.2], [0.8, 0.1, 0.2], [0.05, 0.9, 0.5], [0.4, 0.9, 0], [0.3, 0.1, 0]], np.float32
        ),
    )
    assert found.worst(9) == ((2, 0), (1, 0), (4, 0), (2, 2)), "0.95 for no, 0.8 for yes, 0.7 for no, 0.5 for yes"
    assert found.worst(2) == ((2, 0), (1, 0))
    np.testing.assert_allclose(found.sureness(0, 0.4), [0.9, 0.8, 0.95, 0.4, 0.7])
    assert [found.counts(label).false_positives for label in (0, 2)] == [1, 1], "from one half on it is a yes"
    there = [average_precision_score(found.actual[:, k], found.probabilities[:, k]) for k in range(2)]
    assert found.mean_average_precision == pytest.approx(np.mean(there)), "of the labels that some picture has"
    assert np.isnan(replace(found, actual=np.zeros((5, 3), bool)).mean_average_precision)


def test_the_command_says_what_the_log_of_a_run_does(tmp_path, capsys) -> None:
    experiment = override(read_experiment("labels-shapes"), "training.epochs", "1")
    experiment = override(experiment, "data.source.num_pictures", "200")
    experiment = override(experiment, "training.heads.output.measures", '[{"type": "AUC"}]')
    run = start(override(experiment, "training.device", "cpu"), tmp_path)
    assert run.join(DEADLINE_S)
    (tested,) = [event for event in run.log.since(0) if isinstance(event, FinalTest)]
    (found,) = mistakes_of_run(run.folder, silent).heads
    assert isinstance(found, LabelMistakes)
    assert cli.main(["mistakes", str(run.folder), "--json", "--worst", "3"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert np.mean([each["auc"] for each in said["labels"]]) == pytest.approx(tested.metrics["test/auc"], abs=1e-5)
    assert [each["label"] for each in said["labels"]] == ["circle", "square", "triangle"] and len(said["worst"]) == 3
    for each in said["worst"]:
        assert (each["probability"] >= 0.5) != each["has_it"]
    assert cli.main(["mistakes", str(run.folder), "--worst", "2"]) == 0
    text = capsys.readouterr().out
    assert said["worst"][1]["name"] in text and f"{said['labels'][2]['average_precision']:.1%}" in text
