"""The search for similar pictures in a run's gallery."""

import contextlib
import copy
import dataclasses
import threading

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestNeighbors

from tests.session.waiting import DEADLINE_S, wait_for
from tests.training.experiments import data_of, digits
from workbench.data.dataset import Split
from workbench.data.rows import Rows
from workbench.search.statistics import STATISTICS
from workbench.session.views.answering import Answering
from workbench.session.views.insight import Insight
from workbench.session.views.neighbours import NETWORK, Neighbours, NeighbourSearch, descriptors_of
from workbench.training import beginning


@pytest.fixture
def dataset():
    return data_of(digits())


@pytest.fixture
def network(dataset):
    """The plan and the state of an untrained network."""
    return beginning.prepare(digits(), dataset)


@contextlib.contextmanager
def searching(plan, dataset):
    search = NeighbourSearch()
    search.attach(plan, dataset)
    try:
        yield search
    finally:
        assert search.close(DEADLINE_S)


def answer(search: NeighbourSearch, query: int, descriptor: str, network: Answering | None = None) -> Neighbours:
    """Ask, and wait for the answer."""
    number = (search.answers.newest() or (0, None))[0]
    search.ask(query, descriptor, network)
    wait_for(lambda: search.answers.newest(number) is not None)
    return search.answers.newest()[1]


def precision(search: NeighbourSearch, descriptor: str) -> float:
    """Wait for the precision of a descriptor that has been asked for."""
    wait_for(lambda: (found := search.precisions.newest()) is not None and descriptor in found[1])
    return search.precisions.newest()[1][descriptor].share


def test_the_gallery_is_described_anew_after_each_step_and_only_then(dataset, network):
    plan, state = network
    module = state.module.eval()
    one, two = (Answering(step=step, module=module) for step in (1, 2))
    with searching(plan, dataset) as search, searching(plan, dataset) as fresh:
        first = answer(search, 3, NETWORK, one)
        torch.nn.init.normal_(module.get_parameter("conv.weight"))
        again, after = answer(search, 3, NETWORK, one), answer(search, 3, NETWORK, two)
        expected = answer(fresh, 3, NETWORK, two)
    assert np.array_equal(again.distances, first.distances) and (again.step, after.step) == (1, 2)
    assert np.array_equal(after.distances, expected.distances) and np.array_equal(after.indices, expected.indices)
    assert not np.array_equal(after.distances, first.distances)


@pytest.mark.parametrize("statistic", STATISTICS)
def test_pictures_alone_are_compared_as_scikit_learn_does(dataset, network, statistic):
    plan, _ = network
    split, _ = plan.shown
    described = STATISTICS[statistic](dataset.splits[split].inputs.numpy()).astype(np.float64)
    distances, indices = NearestNeighbors(algorithm="brute").fit(described).kneighbors(described, 21)
    with searching(plan, dataset) as search:
        found = answer(search, 5, statistic)
        share = precision(search, statistic)
    assert (found.query, found.descriptor, found.problem) == (5, statistic, "") and 5 not in found.indices
    np.testing.assert_allclose(np.append(0, found.distances), distances[5], atol=1e-6)
    labels = dataset.splits[split].targets["class"].numpy()
    same = labels[indices[:, 1:]] == labels[:, None]
    assert abs(share - same.mean()) < 0.03, "the mean of 300 is close to that of all"


def test_the_precision_of_the_network_follows_it_while_that_of_the_pixels_stays(dataset, network):
    plan, state = network
    module = state.module.eval()
    with searching(plan, dataset) as search:
        answer(search, 3, "pixels")
        pixels = precision(search, "pixels")
        answer(search, 3, NETWORK, Answering(step=1, module=module))
        before = precision(search, NETWORK)
        for weights in module.parameters():
            torch.nn.init.zeros_(weights)
        answer(search, 3, NETWORK, Answering(step=2, module=module))
        wait_for(lambda: precision(search, NETWORK) < before)
        assert precision(search, NETWORK) < 0.3 < before < 1, "all pictures are alike to a network of zeros"
        assert precision(search, "pixels") == pixels > 0.7
        assert search.precisions.newest()[1]["pixels"].num_queries == 300


class OnDisk:
    """A split's pictures, which are read block by block, each once ``go_on`` is set."""

    def __init__(self, dataset, name):
        self.reading, self.go_on = threading.Event(), threading.Event()
        self.num_read = 0
        split = dataset.splits[name]
        inputs = split.inputs.numpy()
        rows = Rows(inputs, np.arange(len(inputs)), self._read)
        mapped = Split(inputs=rows, targets=split.targets, names=split.names)
        self.dataset = dataclasses.replace(dataset, **{name: mapped})

    def _read(self, rows):
        self.num_read += np.size(rows)
        self.reading.set()
        assert self.go_on.wait(DEADLINE_S)


def test_a_description_that_nobody_waits_for_any_more_ends(dataset, network, monkeypatch):
    monkeypatch.setattr("workbench.data.rows.BLOCK_BYTES", 1024)
    plan, _ = network
    split, batches = plan.shown
    disk = OnDisk(dataset, split)
    with searching(plan, disk.dataset) as search:
        search.ask(3, "pixels")
        assert disk.reading.wait(DEADLINE_S)
        search.ask(3, "colours")
        disk.go_on.set()
        wait_for(lambda: (found := search.answers.newest()) is not None and found[1].descriptor == "colours")
    assert len(batches.inputs) <= disk.num_read < 1.5 * len(batches.inputs), "the pixels were not all described"


def test_who_changes_the_descriptor_while_the_network_is_copied_gets_the_new_one(dataset, network, monkeypatch):
    plan, state = network
    copying, go_on, deepcopy = threading.Event(), threading.Event(), copy.deepcopy

    def slowly(*arguments):
        copying.set()
        assert go_on.wait(DEADLINE_S)
        return deepcopy(*arguments)

    monkeypatch.setattr("copy.deepcopy", slowly)
    monkeypatch.setattr("workbench.data.rows.BLOCK_BYTES", 1024)
    disk, insight = OnDisk(dataset, plan.shown[0]), Insight(pytest.fail)
    with contextlib.closing(insight):
        insight.attach(plan, state, disk.dataset)
        insight.ask_neighbours(3)
        serving = threading.Thread(target=insight.serve)
        serving.start()
        assert copying.wait(DEADLINE_S)
        insight.ask_neighbours(3, "colours")
        assert disk.reading.wait(DEADLINE_S)
        go_on.set()
        serving.join(DEADLINE_S)
        disk.go_on.set()
        wait_for(lambda: insight.neighbours.newest() is not None)
        found = insight.neighbours.newest()[1]
        assert (found.descriptor, found.problem, len(found.indices)) == ("colours", "", 20)


def test_pictures_of_three_pixels_have_no_histogram_of_gradients():
    assert descriptors_of((1, 28, 28)) == (NETWORK, "pixels", "colours", "gradients")
    assert descriptors_of((3, 4, 3)) == (NETWORK, "pixels", "colours")
    STATISTICS["gradients"](np.zeros((1, 1, 4, 4), np.uint8))


def test_a_map_of_all_pictures_comes_without_a_query(dataset, network):
    plan, state = network
    with contextlib.closing(Insight(pytest.fail)) as insight:
        insight.attach(plan, state, dataset)
        insight.ask_neighbours(None, draws_map=True)
        insight.serve()
        wait_for(lambda: insight.maps.newest() is not None)
        by_network = insight.maps.newest()[1]
        insight.ask_neighbours(3, "pixels", draws_map=True)
        wait_for(lambda: insight.maps.newest()[1].descriptor == "pixels")
        found = insight.neighbours.newest()[1]
    assert (by_network.descriptor, by_network.step, by_network.problem) == (NETWORK, 0, "")
    assert len(by_network.places) == len(by_network.indices) == min(600, len(plan.shown[1].inputs))
    assert (found.query, len(found.indices)) == (3, 20), "the nearest do not wait for the map"
