"""Folders of the user's own pictures: read in parts and once, what is in view answered first, searched exactly."""

import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.neighbors import NearestNeighbors

from tests.training.experiments import data_of, digits
from workbench.data.progress import Cancelled, silent
from workbench.session.views import reading
from workbench.session.views.album import Query
from workbench.session.views.mistakes.asked import find_mistakes
from workbench.session.views.network import Network
from workbench.session.views.own_pictures import PICTURES_AT_ONCE, OwnPictures
from workbench.training import beginning

FILES = 3 * PICTURES_AT_ONCE


@pytest.fixture
def dataset():
    return data_of(digits())


@pytest.fixture
def network(dataset):
    """An untrained network, and the sizes of the batches that it was asked about."""
    plan, state = beginning.prepare(digits(), dataset)
    sizes = []
    module = state.module.eval()
    module.register_forward_hook(lambda _module, inputs, _outputs: sizes.append(len(inputs[0])))
    return SimpleNamespace(
        at=lambda step: Network(module=module, plan=plan, dataset=dataset, step=step), sizes=sizes, plan=plan
    )


@pytest.fixture
def mine(dataset, tmp_path, monkeypatch):
    """A folder that is read in portions of 50 files, most of them decoded into the cache."""
    monkeypatch.setattr(reading, "FILES_AT_ONCE", 50)
    monkeypatch.setattr(reading, "FEW", 45)
    folder = tmp_path / "mine"
    folder.mkdir()
    pictures = np.concatenate([dataset.val.inputs.numpy(), dataset.train.inputs.numpy()])[:FILES]
    for number, (picture,) in enumerate(pictures):
        Image.fromarray(picture).save(folder / f"{number:04}.png")
    return folder


def interrupted_after(sizes, most):
    """What tells progress, and interrupts once the network was asked so often."""

    def tell(*_):
        if len(sizes) >= most:
            raise Cancelled

    return tell


def test_answers_of_all_parts_are_those_of_mistakes(mine, network, dataset):
    found = OwnPictures([mine]).answer(network.at(1), silent)
    assert [len(part.files) for part in found.parts] == [50, 50, 50, 42] and found.is_whole
    (head,) = find_mistakes(network.at(1).module, network.plan, dataset, 1, silent, "val").heads
    num_val = len(head.predicted)
    values = np.concatenate([part.values[0] for part in found.parts])[:num_val]
    assert 100 < num_val < FILES
    np.testing.assert_array_equal(values.argmax(axis=1), head.predicted)
    np.testing.assert_allclose(values.max(axis=1), head.confidence, rtol=1e-5)
    ranked = found.most_confident(0, 3)
    np.testing.assert_array_equal(ranked, np.argsort(-found.values(0, 3), kind="stable"))
    every = np.concatenate([part.values[0] for part in found.parts])
    assert found.num_given(0, 3) == (every.argmax(axis=1) == 3).sum()


@pytest.mark.parametrize("in_training", [False, True])
def test_similar_pictures_are_those_of_scikit_learn(mine, network, dataset, in_training):
    pictures = OwnPictures([mine])
    pictures.query = Query(number=70, in_training=in_training)
    found = pictures.answer(network.at(4), silent)
    module, kept = network.at(4).module, []
    last = [layer for layer in module.modules() if isinstance(layer, torch.nn.Linear)][-1]
    last.register_forward_pre_hook(lambda _, inputs: kept.append(inputs[0].numpy()))

    def hidden(inputs):
        with torch.no_grad():
            module((torch.as_tensor(inputs).float() / 255 - dataset.mean[0]) / dataset.std[0])
        return kept.pop()

    own = hidden(np.stack([found.picture(number) for number in range(FILES)]))
    among = hidden(dataset.train.inputs) if in_training else own
    distances, numbers = NearestNeighbors(n_neighbors=21).fit(among).kneighbors(own[[70]])
    wanted = slice(0, 20) if in_training else slice(1, 21)
    assert found.similar.step == 4 and found.similar.numbers.tolist() == numbers[0, wanted].tolist()
    np.testing.assert_allclose(found.similar.distances, distances[0, wanted], rtol=1e-4, atol=1e-6)
    if not in_training:
        pictures.remove(int(numbers[0, 1]), "")
        pictures.query = Query(number=71)
        pictures.answer(network.at(4), silent)
        pictures.query = Query(number=70)
        again = pictures.answer(network.at(4), silent)
        assert numbers[0, 1] not in again.similar.numbers and len(again.similar.numbers) == 20


def test_pictures_that_are_added_are_read_and_described_alone_and_shown_first(mine, network, tmp_path):
    pictures = OwnPictures([mine])
    pictures.query = Query(number=0)
    pictures.answer(network.at(1), silent)
    for file in mine.iterdir():
        file.unlink()
    Image.effect_noise((8, 8), 90).save(tmp_path / "more.png")
    network.sizes.clear()
    pictures.add([tmp_path / "more.png"])
    found = pictures.answer(network.at(1), silent)
    assert len(found) == FILES + 1 and found.order.tolist() == [FILES, *range(FILES)]
    assert network.sizes == [1], "no other picture is asked about again"


def test_a_file_by_several_paths_is_one_picture(mine, network, tmp_path):
    (tmp_path / "link").symlink_to(mine)
    pictures = OwnPictures([mine / "0003.png", mine, mine / "0001.png"])
    assert len(pictures.answer(network.at(1), silent).order) == FILES
    pictures.add([tmp_path / "link"])
    found = pictures.answer(network.at(1), silent)
    assert len(found.order) == FILES and {found.file(number) for number in found.order.tolist()} == {
        str(tmp_path / "link" / f"{number:04}.png") for number in range(FILES)
    }


def test_cancelling_keeps_what_is_read_and_says_how_much_is_not(mine, network):
    pictures = OwnPictures([mine])

    def cancel_after_the_first_part(*_):
        if network.sizes:
            pictures.cancel()

    found = pictures.answer(network.at(1), cancel_after_the_first_part)
    assert (len(found), found.num_files, found.num_cancelled) == (50, FILES, FILES - 50)
    later = pictures.answer(network.at(2), silent)
    assert len(later) == 50 and later.is_whole and set(later.steps.tolist()) == {2}


def test_what_is_added_after_cancelling_is_read(mine, network, tmp_path):
    Image.effect_noise((8, 8), 90).save(tmp_path / "more.png")
    pictures = OwnPictures([mine])

    def cancel_and_add(*_):
        if pictures.num_lots == 1 and network.sizes:
            pictures.cancel()
            pictures.add([tmp_path / "more.png"])

    first = pictures.answer(network.at(1), cancel_and_add)
    assert (len(first), first.num_cancelled) == (50, FILES - 50) and first.num_lots < pictures.num_lots
    found = pictures.answer(network.at(1), silent)
    assert found.file(50) == str(tmp_path / "more.png") and found.num_lots == pictures.num_lots == 2


def test_what_is_cancelled_between_two_answers_is_counted(mine, network):
    pictures = OwnPictures([mine])
    pictures.answer(network.at(1), interrupted_after(network.sizes, 1))
    pictures.cancel()
    assert pictures.answer(network.at(1), silent).num_cancelled == FILES - 50


def test_what_is_removed_is_kept_apart_from_what_reading_replaces(mine, network):
    pictures = OwnPictures([mine])
    first = pictures.answer(network.at(1), interrupted_after(network.sizes, 1))
    pictures.remove(7, first.file(7))
    pictures.add([mine / "0003.png"])
    assert 7 in pictures.answer(network.at(1), silent).gone and pictures.gone == {7}


def test_an_interrupted_reading_goes_on_where_it_was(mine, network):
    pictures = OwnPictures([mine])
    pictures.answer(network.at(1), interrupted_after(network.sizes, 1))
    found = pictures.answer(network.at(1), silent)
    assert len(found) == FILES and found.is_whole and not found.num_cancelled


def test_what_the_disk_refuses_is_told_and_counted(mine, network, tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "file" / "home"))
    found = OwnPictures([mine]).answer(network.at(1), silent)
    assert found.problem and not found.is_whole and (len(found), found.num_cancelled) == (0, 50)


def test_what_is_in_view_is_answered_first_and_then_what_was_answered_longest_ago(mine, network):
    pictures = OwnPictures([mine])
    pictures.answer(network.at(1), silent)
    pictures.visible = [7, 60, 150]
    network.sizes.clear()
    found = pictures.answer(network.at(2), interrupted_after(network.sizes, 1))
    assert np.flatnonzero(found.steps == 2).tolist() == [7, 60, 150]
    pictures.visible = []
    for step in range(3, 6):
        network.sizes.clear()
        found = pictures.answer(network.at(step), interrupted_after(network.sizes, 1))
        assert not found.is_whole
    assert found.steps.min() >= 2, "none stays behind, however often the network is another"


@pytest.mark.parametrize("in_training", [False, True])
def test_a_search_ends_however_often_there_is_a_newer_network(mine, network, in_training):
    pictures = OwnPictures([mine])
    pictures.answer(network.at(1), silent)
    pictures.query = Query(number=3, in_training=in_training)

    def answer_interrupted(step):
        """Describe once."""
        told = []

        def tell(what, *_):
            told.append(what)
            if told.count("Describing pictures") > 1:
                raise Cancelled

        return pictures.answer(network.at(step), tell)

    answers = [answer_interrupted(step) for step in range(2, 50)]
    steps = [found.similar.step for found in answers if found.similar is not None]
    assert steps
    whole = OwnPictures([mine])
    whole.query = pictures.query
    expected = whole.answer(network.at(1), silent)
    np.testing.assert_array_equal(answers[-1].similar.numbers, expected.similar.numbers)


def test_a_search_that_is_renewed_again_and_again_leaves_no_other_answer_behind(mine, network):
    """Each of the network's answers and the search are renewed in turn, whatever is the oldest."""
    pictures = OwnPictures([mine])
    pictures.query = Query(number=3)
    pictures.answer(network.at(1), silent)

    def answer_interrupted(step):
        told = []

        def tell(what, *_):
            told.append(what)
            if len(told) > 2:
                raise Cancelled

        return pictures.answer(network.at(step), tell)

    for step in range(2, 150):
        found = answer_interrupted(step)
    assert min(found.steps.min(), found.similar.step) > 75


def test_a_folder_is_looked_through_from_where_it_was_interrupted(mine, network, tmp_path):
    for number in range(5):
        (tmp_path / "tree" / f"{number}").mkdir(parents=True)
        shutil.copy(mine / f"{number:04}.png", tmp_path / "tree" / f"{number}" / "a.png")
    pictures = OwnPictures([tmp_path / "tree"])
    told = []

    def interrupt(what, done, _):
        told.append((what, done))
        if what == "Looking for pictures" and done:
            raise Cancelled

    for step in range(6):
        pictures.answer(network.at(step), interrupt)
    assert [done for what, done in told if what == "Looking for pictures"] == [0, 1, 2, 3, 4, 5]
    assert pictures.answer(network.at(6), silent).is_whole and len(pictures.latest.newest()[1]) == 5


def test_a_search_ends_with_the_network_that_it_began_with(mine, network):
    """Else none would ever end while the network learns fast."""
    pictures = OwnPictures([mine])
    pictures.answer(network.at(1), silent)
    pictures.query = Query(number=3)

    def interrupt_in_the_middle(what, done, _):
        if what == "Describing pictures" and done >= 100:
            raise Cancelled

    assert pictures.answer(network.at(1), interrupt_in_the_middle).similar is None
    seen = []
    pictures.answer(network.at(2), lambda *_: seen.append(pictures._told.similar))
    steps = [similar.step for similar in seen if similar is not None]
    assert steps[0] == 1 and pictures.latest.newest()[1].similar.step == 2


def test_a_diverged_network_has_no_similar_pictures(mine, network):
    broken = network.at(1)
    with torch.no_grad():
        next(broken.module.parameters()).fill_(float("nan"))
    pictures = OwnPictures([mine])
    pictures.query = Query(number=0)
    found = pictures.answer(broken, silent)
    assert "the network has diverged" in found.similar.problem and found.is_whole
