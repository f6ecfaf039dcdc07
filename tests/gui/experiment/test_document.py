"""Undo steps, merging, and what listeners receive."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from workbench.gui.experiment.document import Document
from workbench.spec.experiment import Experiment
from workbench.spec.files import preset_names, read_experiment, to_json
from workbench.spec.record import replace


def opened() -> Document:
    return Document(read_experiment(preset_names("experiments")[0]))


def with_seed(document: Document, seed: int) -> Experiment:
    return replace(document.experiment, seed=seed)


def test_a_step_can_be_undone_and_done_again() -> None:
    document = opened()
    first = document.experiment
    document.apply("set seed", with_seed(document, 7))
    assert (document.undo_label, document.can_redo, document.dirty) == ("set seed", False, True)
    document.undo()
    assert document.experiment is first
    assert (document.can_undo, document.redo_label, document.dirty) == (False, "set seed", False)
    document.redo()
    assert document.experiment.seed == 7


def test_typing_is_one_step_and_ends_with_the_next_kind_of_step() -> None:
    document = opened()
    for seed in (1, 12, 123):
        document.apply("set seed", with_seed(document, seed), merge="seed")
    document.apply("rename", replace(document.experiment, name="other"))
    document.apply("set seed", with_seed(document, 4), merge="seed")
    seeds = []
    while document.can_undo:
        document.undo()
        seeds.append(document.experiment.seed)
    assert seeds == [123, 123, 0]


def test_typing_back_to_the_beginning_leaves_no_step() -> None:
    document = opened()
    document.apply("set seed", with_seed(document, 5), merge="seed")
    document.apply("set seed", with_seed(document, 0), merge="seed")
    assert not document.can_undo


def test_typing_after_an_undo_does_not_swallow_the_step_before() -> None:
    document = opened()
    document.apply("set seed", with_seed(document, 5), merge="seed")
    document.apply("rename", replace(document.experiment, name="other"))
    document.undo()
    document.apply("set seed", with_seed(document, 6), merge="seed")
    document.undo()
    assert document.experiment.seed == 5


def test_an_equal_experiment_is_no_step_and_tells_nobody() -> None:
    document = opened()
    heard: list[int] = []
    document.listen(lambda before, after: heard.append(after.seed))
    document.apply("nothing", with_seed(document, document.experiment.seed))
    assert (document.can_undo, heard) == (False, [])


def test_listeners_tell_what_changed_by_identity_until_they_stop() -> None:
    document = opened()
    heard: list[tuple[bool, bool]] = []
    stop = document.listen(lambda a, b: heard.append((a.architecture is b.architecture, a.training is b.training)))
    document.apply("epochs", replace(document.experiment, training=replace(document.experiment.training, epochs=99)))
    stop()
    document.undo()
    assert heard == [(True, False)]


def test_saving_and_opening(tmp_path: Path) -> None:
    document = opened()
    document.apply("set seed", with_seed(document, 5), merge="seed")
    document.mark_saved(tmp_path / "a.json", document.experiment)
    assert (document.dirty, document.path) == (False, tmp_path / "a.json")
    document.apply("set seed", with_seed(document, 6), merge="seed")
    document.undo()
    assert (document.experiment.seed, document.dirty) == (5, False)
    document.replace(with_seed(document, 9), None)
    assert (document.can_undo, document.path, document.dirty) == (False, None, False)


@given(
    st.lists(
        st.tuples(st.sampled_from(["apply", "undo", "redo"]), st.integers(0, 3), st.sampled_from([None, "a", "b"]))
    )
)
def test_undoing_everything_gives_back_the_same_bytes(steps: list[tuple[str, int, str | None]]) -> None:
    document = opened()
    before = to_json(document.experiment)
    for what, seed, merge in steps:
        if what == "apply":
            document.apply("seed", with_seed(document, seed), merge=merge)
        else:
            getattr(document, what)()
    after = to_json(document.experiment)
    undone = 0
    while document.can_undo:
        document.undo()
        undone += 1
    assert to_json(document.experiment) == before
    for _ in range(undone):
        document.redo()
    assert to_json(document.experiment) == after
