"""Changes of the recipe during a run: their events, their effect, and their exact repetition on resuming."""

import shutil

import pytest
import torch
from torch import nn

from tests.compiler.networks import network, node
from tests.training.changed_runs import go_on, run
from tests.training.experiments import digits, with_training
from tests.training.trained import equal_weights, kinds, losses, without_sometimes
from tests.training.trained import run as run_whole
from workbench.events import (
    CheckpointSaved,
    EpochFinished,
    RecipeChanged,
    RunFinished,
    RunStopped,
    StepFinished,
)
from workbench.runs.changes import CHANGES, keep_change, read_changes, read_edited
from workbench.runs.log import known_at
from workbench.runs.store import EXPERIMENT, LAST, create_run
from workbench.spec.change import Change, as_of, with_setting
from workbench.spec.component import Component
from workbench.spec.files import to_json
from workbench.spec.problems import SpecError
from workbench.spec.record import replace
from workbench.training import beginning
from workbench.training.changing.changes import SCHEDULE, checked, differences, sentence, settings
from workbench.training.changing.rate_change import Position, foretold, next_rate
from workbench.training.control import Control

LR, EPOCHS, P = "training.optimizer.lr", "training.epochs", "architecture.graph.nodes.dropout.p"
NO_SHIFT = ("data.augmentation", [])
EVERY_KIND = {
    3: (LR, 0.01),
    18: NO_SHIFT,
    25: (P, 0.6),
    30: ("training.optimizer.weight_decay", 0.01),
    33: ("training.clip_norm", 0.1),
    40: (EPOCHS, 3),
}


@pytest.fixture(scope="module")
def changed(data, tmp_path_factory):
    """A run in which every kind of setting was changed: (events, state, folder)."""
    return run(digits(epochs=2), data, tmp_path_factory.mktemp("changed"), EVERY_KIND)


def test_the_sequence_of_a_changed_run(changed):
    events, _, _ = changed
    steps = events[0].steps_per_epoch
    assert kinds(without_sometimes(events)) == [
        "RunStarted",
        "StepFinished*3", "RecipeChanged", f"StepFinished*{18 - 3}", "RecipeChanged", f"StepFinished*{steps - 18}",
        "EpochFinished", "CheckpointSaved",
        f"StepFinished*{25 - steps}", "RecipeChanged", "StepFinished*5", "RecipeChanged", "StepFinished*3",
        "RecipeChanged", "StepFinished*7", "RecipeChanged", f"StepFinished*{2 * steps - 40}",
        "EpochFinished", "CheckpointSaved",
        f"StepFinished*{steps}", "EpochFinished", "CheckpointSaved",
        "FinalTest", "RunFinished",
    ]  # fmt: skip
    made = [event for event in events if isinstance(event, RecipeChanged)]
    assert [(event.step, event.path, event.after) for event in made] == [
        (step, path, value) for step, (path, value) in EVERY_KIND.items()
    ]
    assert made[0].before == 0.05 and made[1].before == [{"type": "Shift", "parameters": {"max_pixels": 1}}]
    assert events[-1].epochs == 3 and not events[-1].early


def test_what_is_requested_and_undone_before_the_next_step_leaves_no_trace(data, tmp_path):
    events, _, folder = run(digits(epochs=1), data, tmp_path, {3: [(LR, 0.01), NO_SHIFT, (LR, 0.05)]})
    assert [event.path for event in events if isinstance(event, RecipeChanged)] == [NO_SHIFT[0]]
    assert [change.path for change in read_changes(folder)] == [NO_SHIFT[0]]


class DuringTest(Control):
    """A user who requests a change while the test split is measured, between two events."""

    def __init__(self, path, value):
        super().__init__()
        self.asked, self.is_trained = (path, value), False

    def wants_stop(self):
        if self.is_trained and self.asked:
            self.change(*self.asked)
            self.asked = None
        return super().wants_stop()

    def hear(self, event, _):
        self.is_trained |= isinstance(event, CheckpointSaved) and event.file == LAST


def test_a_change_requested_during_the_test_is_made_and_told(data, tmp_path):
    control = DuringTest(LR, 0.01)
    events, _ = run_whole(digits(epochs=1), data, create_run(tmp_path, digits()), control, on_event=control.hear)
    assert kinds(events)[-3:] == ["RecipeChanged", "FinalTest", "RunFinished"]
    assert events[-3].after == 0.01 and events[-1].epochs == 1


def test_epochs_added_during_the_test_are_trained_as_if_added_before(data, tmp_path):
    control = DuringTest(EPOCHS, 2)
    events, state = run_whole(digits(epochs=1), data, create_run(tmp_path, digits()), control, on_event=control.hear)
    steps = events[0].steps_per_epoch
    before, as_before, _ = run(digits(epochs=1), data, tmp_path, {steps: (EPOCHS, 2)})
    assert kinds(events) == kinds(before) and kinds(events).count("FinalTest") == 1
    assert losses(events) == losses(before) and equal_weights(state, as_before) and events[-1].epochs == 2


def test_the_experiment_as_edited_is_what_is_stored(changed):
    _, _, folder = changed
    edited = digits(epochs=2)
    for path, value in EVERY_KIND.values():
        edited = with_setting(edited, path, value)
    assert (folder / EXPERIMENT).read_text() == to_json(edited)
    assert edited.training.epochs == 3 and edited.data.augmentation == ()
    begun = as_of(edited, read_changes(folder), 0)
    assert settings(begun) == settings(digits(epochs=2))


def test_a_changed_run_is_what_torch_makes_of_it_by_hand(changed, data):
    """Two copies of the textbook loop, each step with the settings that were valid at that step."""
    events, state, _ = changed
    begun = digits(epochs=2)
    plan, plain = beginning.prepare(begun, data)
    unvaried, _ = beginning.prepare(with_setting(begun, *NO_SHIFT), data)
    module, optimizer = plain.module, plain.optimizer
    torch.manual_seed(begun.seed)
    step, found = 0, []
    for epoch in range(3):
        module.train()
        for number in range(plan.steps_per_epoch):
            train = (plan if step < 18 else unvaried).train
            batch = next(train.epoch(epoch, start=number))
            module.dropout.p = 0.2 if step < 25 else 0.6
            num_steps = (2 if step < 40 else 3) * plan.steps_per_epoch
            rate = (0.05 if step < 3 else 0.01) * plan.schedule.factor(step, plan.steps_per_epoch, num_steps)
            optimizer.param_groups[0] |= {"lr": rate, "weight_decay": 0.0 if step < 30 else 0.01}
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(module(batch.inputs)["output"], batch.targets["class"])
            loss.backward()
            if step >= 33:
                nn.utils.clip_grad_norm_(module.parameters(), 0.1)
            optimizer.step()
            step += 1
            found.append((step, loss.item()))
    assert losses(events) == found
    assert equal_weights(state, plain)


@pytest.mark.parametrize("stop_after", [2, 3, 24, 25, 35, 45])
def test_a_resume_makes_the_changes_again_where_they_were_made(changed, data, tmp_path, stop_after):
    """Killed some steps after a checkpoint: the changes since then are only in the folder."""
    whole, state, _ = changed
    first, _, folder = run(digits(epochs=2), data, tmp_path, EVERY_KIND, stop_after)
    assert isinstance(first[-1], RunStopped)
    kept = (folder / "checkpoints").rename(tmp_path / "kept")
    later = {step: change for step, change in EVERY_KIND.items() if step >= stop_after}
    put_back(kept, folder)
    rest, resumed = go_on(folder, data, later)
    assert losses(first) + losses(rest) == losses(whole)
    assert equal_weights(resumed, state)
    # Once more from the same checkpoint, where the changes stored in the folder are made again.
    put_back(kept, folder)
    again, once_more = go_on(folder, data, {})
    assert losses(again) == losses(rest) and equal_weights(once_more, state)
    assert kinds(again) == kinds(rest)


def put_back(kept, folder):
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
    shutil.copytree(kept, folder / "checkpoints")


def test_the_newest_word_counts_where_an_older_one_is_still_due(data, tmp_path):
    _, _, folder = run(digits(epochs=2), data, tmp_path, {10: (LR, 0.01), 12: (P, 0.5)}, stop_after=5)
    kept = (folder / "checkpoints").rename(tmp_path / "kept")
    put_back(kept, folder)
    go_on(folder, data, {10: (LR, 0.01), 12: (P, 0.5)}, stop_after=14)
    put_back(kept, folder)
    events, _ = go_on(folder, data, {7: (LR, 0.2)})
    made = [(event.step, event.path, event.after) for event in events if isinstance(event, RecipeChanged)]
    assert made == [(7, LR, 0.2), (12, P, 0.5)]
    assert [change.step for change in read_changes(folder)] == [7, 12]
    assert read_edited(folder).training.optimizer.parameters["lr"] == 0.2


def test_a_setting_changed_twice_after_one_step_is_what_it_was_before_that_step(data, tmp_path):
    """As when changing one's mind at once; killed later, it resumes from an earlier checkpoint."""
    twice = {10: (LR, 0.2), (10, LR): (LR, 0.01)}
    _, _, folder = run(digits(epochs=1), data, tmp_path, twice, stop_after=5)
    kept = (folder / "checkpoints").rename(tmp_path / "kept")
    put_back(kept, folder)
    whole, state = go_on(folder, data, twice)
    put_back(kept, folder)
    again, resumed = go_on(folder, data, {})
    assert losses(again) == losses(whole) and equal_weights(resumed, state)
    assert [event.after for event in again if isinstance(event, RecipeChanged)] == [0.2, 0.01]


def test_a_change_at_the_very_step_of_a_checkpoint_is_told_by_who_goes_on_from_it(data, tmp_path):
    """The log keeps events before the checkpoint's step only, so the change is in it once."""
    told, _, folder = run(digits(epochs=1), data, tmp_path, {5: (LR, 0.01)}, stop_after=5)
    later, _ = go_on(folder, data, {})
    made = [event for event in told if isinstance(event, RecipeChanged)]
    assert [event.step for event in made] == [5]
    assert not any(known_at(event, 5, 0) for event in made) and known_at(made[0], 6, 0)
    assert [event.step for event in later if isinstance(event, RecipeChanged)] == [5]


def test_a_run_has_no_fewer_epochs_than_it_has_begun(data, tmp_path):
    steps = beginning.prepare(digits(), data)[0].steps_per_epoch
    events, _, _ = run(digits(epochs=4), data, tmp_path, {steps + 1: (EPOCHS, 1)})
    (change,) = (event for event in events if isinstance(event, RecipeChanged))
    assert (change.before, change.after) == (4, 2)
    assert sum(isinstance(event, EpochFinished) for event in events) == 2 and isinstance(events[-1], RunFinished)


def test_a_run_that_ended_early_and_gets_more_epochs_has_its_patience_anew(data, tmp_path):
    """Nothing is learnt here, so the first epoch stays the best. Stopping uses up none of the new patience."""
    still = with_training(digits(epochs=4, lr=1e-30), schedule=Component(type="Constant"), patience=2)
    events, _, folder = run(still, data, tmp_path, {})
    assert (events[-1].epochs, events[-1].early) == (3, True)
    ended = events[0].steps_per_epoch * 3
    keep_change(folder, Change(step=ended, path=EPOCHS, before=4, after=9))
    stopped, _ = go_on(folder, data, {}, stop_after=ended + 3)
    assert isinstance(stopped[-1], RunStopped)
    events, _ = go_on(folder, data, {})
    assert (events[-1].epochs, events[-1].early) == (5, True)


@pytest.mark.parametrize("stop_after", [42, 70])
def test_a_schedule_that_looks_back_sees_nothing_of_before_it_was_chosen(data, tmp_path, stop_after):
    """Nothing is learnt here: if it considered all epochs, it would start at a fraction of the rate."""
    plateau = {"type": "Plateau", "parameters": {"gamma": 0.5, "patience": 0, "threshold": 0.5}}
    tuned = {"type": "Plateau", "parameters": {"gamma": 0.25, "patience": 0, "threshold": 0.5}}
    still = with_training(digits(epochs=5, lr=1e-8), schedule=Component(type="Constant"))
    changes = {42: (SCHEDULE, plateau), 87: (SCHEDULE, tuned)}
    events, _, _ = run(still, data, tmp_path / "whole", changes)
    steps = events[0].steps_per_epoch
    assert 2 * steps == 42
    rates = [event.learning_rate for event in events if isinstance(event, StepFinished)]
    assert [rates[steps * epoch] for epoch in range(5)] == pytest.approx([1e-8, 1e-8, 1e-8, 1e-8, 0.5e-8])
    assert rates[-1] == pytest.approx(0.25e-8), "one of the same type judges what the other did"
    first, _, folder = run(still, data, tmp_path / "parts", changes, stop_after)
    rest, _ = go_on(folder, data, {step: change for step, change in changes.items() if step >= stop_after})
    assert [event.learning_rate for event in (*first, *rest) if isinstance(event, StepFinished)] == rates


PLATEAU = Component(type="Plateau", parameters={"gamma": 0.5, "patience": 0, "threshold": 0.5})


@pytest.mark.parametrize(("set_to", "after"), [(3e-8, 70), (1e-8, 84)], ids=["within an epoch", "after its last step"])
def test_a_rate_set_while_plateau_has_reduced_it_is_the_rate_from_there_on(data, tmp_path, set_to, after):
    """Nothing is learnt here, so Plateau halves the rate after the second epoch and each later one. A rate that is set
    is judged from then on, even if it equals the initial one.
    """
    still = with_training(digits(epochs=6, lr=1e-8), schedule=PLATEAU)
    events, state, _ = run(still, data, tmp_path / "whole", {after: (LR, set_to)})
    steps = events[0].steps_per_epoch
    rates = [event.learning_rate for event in events if isinstance(event, StepFinished)]
    assert after > 3 * steps and rates[after - 1] == 0.25e-8
    assert rates[after] == rates[4 * steps] == set_to
    assert rates[5 * steps] == (set_to / 2 if after < 4 * steps else set_to), "two epochs are judged, or one"
    for stop_after in (after - 1, after):
        runs = tmp_path / str(stop_after)
        first, _, folder = run(still, data, runs, {after: (LR, set_to)}, stop_after)
        rest, resumed = go_on(folder, data, {after: (LR, set_to)} if stop_after < after else {})
        kept = [event for event in first if known_at(event, stop_after, stop_after // steps)]
        assert losses(kept) + losses(rest) == losses(events) and equal_weights(resumed, state)
        assert [event.learning_rate for event in (*kept, *rest) if isinstance(event, StepFinished)] == rates


def test_a_change_at_an_epochs_last_step_is_told_after_the_epoch_resumed_or_not(data, tmp_path):
    """Stopped before the epoch's validation, after it, and not at all."""
    steps = beginning.prepare(digits(), data)[0].steps_per_epoch
    changes = {steps: [(LR, 0.01), (EPOCHS, 3)]}
    whole, state, _ = run(digits(epochs=2), data, tmp_path / "whole", changes)
    told = [kind for kind in kinds(without_sometimes(whole)) if kind != "CheckpointSaved"]
    assert told[:4] == ["RunStarted", f"StepFinished*{steps}", "EpochFinished", "RecipeChanged"]
    for stop_after in (steps, steps + 1):
        first, _, folder = run(digits(epochs=2), data, tmp_path / str(stop_after), changes, stop_after)
        rest, resumed = go_on(folder, data, {})
        kept = [event for event in first if known_at(event, stop_after, stop_after // steps - (stop_after == steps))]
        both = [event for event in without_sometimes([*kept, *rest[1:]]) if not isinstance(event, CheckpointSaved)]
        assert kinds(both) == told
        assert losses(both) == losses(whole) and equal_weights(resumed, state)


def test_what_changes_nothing_is_no_event(data, tmp_path):
    events, _, folder = run(digits(epochs=1), data, tmp_path, {3: (LR, 0.05)})
    assert not any(isinstance(event, RecipeChanged) for event in events) and not (folder / CHANGES).exists()


def test_a_kill_between_the_two_files_loses_nothing(changed, tmp_path):
    _, _, folder = changed
    edited = read_edited(folder)
    begun = as_of(edited, read_changes(folder), 0)
    other = create_run(tmp_path, begun)
    (other / CHANGES).write_bytes((folder / CHANGES).read_bytes())
    assert read_edited(other) == edited


@pytest.mark.parametrize("data", [b"[{}]", b'[{"path": "\xff"}]'])
def test_a_damaged_file_of_changes_is_one_sentence(tmp_path, data):
    folder = create_run(tmp_path, digits())
    (folder / CHANGES).write_bytes(data)
    with pytest.raises(SpecError, match="the changes of this run cannot be read"):
        read_changes(folder)


def test_the_place_of_a_run_is_read_from_its_events(data, tmp_path):
    events, _, _ = run(digits(epochs=1), data, tmp_path, {})
    last = [event for event in events if isinstance(event, StepFinished)][-1]
    expected = Position(step=last.step, rate=last.learning_rate, steps_per_epoch=events[0].steps_per_epoch)
    assert Position().after(events) == expected and last.step == 21


def test_the_next_rate_before_the_first_step_is_the_first_ones():
    warm = Component(type="Constant", parameters={"warmup_epochs": 1.0})
    edited = with_training(digits(lr=0.05), schedule=warm)
    assert next_rate(edited, Position(steps_per_epoch=9)) == pytest.approx(0.05 / 10)


def test_epochs_that_cannot_be_fewer_are_said_to_stay():
    position = Position(step=21, steps_per_epoch=10)
    edited = with_training(digits(), epochs=1)
    assert foretold(EPOCHS, 3, 1, edited, position) == "epochs stay 3 (not 1: epoch 3 has begun)"
    assert foretold(EPOCHS, 5, 1, edited, position) == "epochs 5 → 3 (not 1: epoch 3 has begun)"


def test_what_may_change_while_it_runs():
    assert set(settings(digits())) == {
        EPOCHS, "training.patience", "training.clip_norm", LR, "training.optimizer.weight_decay", "training.schedule", "data.augmentation", P,
    }  # fmt: skip


def test_dropout_within_blocks_and_of_attention_may_change_and_bound_ones_may_not():
    inner = network(
        node("input", "Input"),
        node("attend", "MultiheadSelfAttention", "input", num_heads=2),
        node("literal", "Dropout", "attend"),
        node("bound", "Dropout", "literal", p="$p"),
        node("output", "Output", "bound"),
        p=0.1,
    ).graph
    architecture = replace(digits().architecture, blocks={"Block": inner})
    found = settings(replace(digits(), architecture=architecture))
    assert {path: value for path, value in found.items() if "blocks" in path} == {
        "architecture.blocks.Block.nodes.attend.dropout": 0.0,
        "architecture.blocks.Block.nodes.literal.p": 0.5,
    }


def test_differences_are_what_a_run_can_take_over():
    one = digits()
    other = with_training(one, epochs=7, batch_size=3, optimizer=Component(type="SGD", parameters={"lr": 0.1}))
    assert differences(one, other) == {EPOCHS: (2, 7), LR: (0.05, 0.1)}
    # Another optimizer's rate is a different setting, and an invalid value cannot be applied.
    assert differences(one, with_training(one, optimizer=Component(type="Adam", parameters={"lr": 0.1}))) == {}
    assert differences(one, with_training(one, optimizer=Component(type="SGD", parameters={"lr": -1}))) == {}
    # A default that is written out is no difference.
    assert differences(one, with_training(one, schedule=Component(type="Cosine", parameters={"final": 0.0}))) == {}


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("training.batch_size", 3, "training.batch_size cannot change during a run"),
        (LR, -1.0, "SGD: lr"),
        (P, 2.0, "dropout: p"),
        (EPOCHS, 0, "epochs"),
        ("data.augmentation", [{"type": "Nonsense", "parameters": {}}], "there is no augmentation called Nonsense"),
    ],
)
def test_what_may_not_be_is_said_at_once(path, value, message):
    with pytest.raises(SpecError, match=message):
        checked(digits(), path, value)


@pytest.mark.parametrize(
    ("path", "before", "after", "words"),
    [
        (LR, 0.05, 0.01, "learning rate 0.05 → 0.01"),
        (P, 0.2, 0.6, "p of dropout 0.2 → 0.6"),
        ("training.patience", None, 3, "early stopping none → 3"),
        ("data.augmentation", [{"type": "Shift", "parameters": {"max_pixels": 1}}], [], "augmentation Shift (max_pixels 1) → none"),
    ],
)  # fmt: skip
def test_a_change_in_words(path, before, after, words):
    assert sentence(path, before, after) == words
