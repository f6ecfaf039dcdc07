"""Whatever is done in whatever order: the network stays one, its file reads back, and undo leads to the start."""

from collections.abc import Callable

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.gui.canvas.networks import chain, experiment
from workbench import shipped
from workbench.gui.canvas.card_keys import parent
from workbench.gui.canvas.presenter import Presenter
from workbench.gui.document import Document
from workbench.gui.inspector import block_page
from workbench.spec.experiment import Experiment
from workbench.spec.files import from_json, read_architecture, read_block, to_json
from workbench.spec.problems import SpecError
from workbench.spec.structure import check_structure

LIBRARY = {
    f"library:{name}": read_block(shipped.presets() / "blocks" / f"{name}.json") for name in ("residual", "inception")
}
KINDS = ("Conv2d", "ReLU", "Add", "Input", "Output", "library:residual", "library:inception")
PICK = st.integers(0, 60)
PLACES = st.tuples(st.floats(-500, 2500), st.floats(-500, 2500))


class Canvas(RuleBasedStateMachine):
    """A canvas in the hands of somebody who tries everything. Numbers choose cards by their place in the drawing."""

    clipboard = ""

    @initialize(preset=st.sampled_from(["", "resnet20", "densenet_mini"]))
    def open(self, preset: str) -> None:
        start = experiment(chain("ReLU", "Conv2d", "Tanh"))
        if preset:
            start = msgspec.structs.replace(start, architecture=read_architecture(preset))
        self.start = to_json(start)
        self.presenter = Presenter(Document(start), LIBRARY)

    def attempt(self, edit: Callable[[], object]) -> None:
        """A mistake is said in a sentence and changes nothing."""
        before = self.presenter.document.experiment
        try:
            edit()
        except SpecError as error:
            said = str(error)
        else:
            return
        assert said and self.presenter.document.experiment is before

    def card(self, number: int) -> str | None:
        keys = list(self.presenter.cards)
        return keys[number % len(keys)] if keys else None

    def use(self, number: int) -> str | None:
        uses = [key for key in self.presenter.cards if self.presenter.is_use(key)]
        return uses[number % len(uses)] if uses else None

    @rule(numbers=st.lists(PICK, max_size=4))
    def select(self, numbers: list[int]) -> None:
        self.presenter.select({key for number in numbers if (key := self.card(number))})

    @rule(number=PICK)
    def select_edge(self, number: int) -> None:
        edges = list(self.presenter.edges)
        if edges:
            self.presenter.select((), edges[number % len(edges)])

    @rule(kind=st.sampled_from(KINDS), at=PLACES, number=st.none() | PICK)
    def add(self, kind: str, at: tuple[float, float], number: int | None) -> None:
        edges = list(self.presenter.edges)
        edge = edges[number % len(edges)] if edges and number is not None else None
        self.attempt(lambda: self.presenter.add(kind, at, edge))

    @rule(kind=st.sampled_from(KINDS))
    def add_after(self, kind: str) -> None:
        self.attempt(lambda: self.presenter.add_after(kind, (0.0, 0.0)))

    @rule(start=PICK, end=PICK, slot=st.integers(0, 1))
    def connect(self, start: int, end: int, slot: int) -> None:
        first, second = self.card(start), self.card(end)
        if first and second and self.presenter.cards[first].ports.outputs and self.presenter.cards[second].ports.inputs:
            slot = min(slot, len(self.presenter.cards[second].ports.inputs) - 1)
            self.attempt(lambda: self.presenter.connect((first, 0), (second, slot)))

    @rule()
    def delete(self) -> None:
        self.attempt(self.presenter.delete)

    @rule()
    def group(self) -> None:
        self.attempt(self.presenter.group)

    @rule()
    def ungroup(self) -> None:
        self.attempt(self.presenter.ungroup)

    @rule()
    def group_and_ungroup(self) -> None:
        """Places of ports are chosen anew; all else is as it was."""
        names = {key for key in self.presenter.selection if self.presenter.cards[key].ports.inputs}
        if not names:
            return
        before = self.presenter.level_of(next(iter(names))).graph.by_name
        steps = self.presenter.document.experiment
        self.attempt(self.presenter.group)
        if self.presenter.document.experiment is steps:
            return
        self.presenter.ungroup()
        after = self.presenter.selected_level().graph.by_name
        assert {name: msgspec.structs.replace(node, position=None) for name, node in after.items()} == {
            name: msgspec.structs.replace(node, position=None) for name, node in before.items()
        }

    @rule(number=PICK)
    def fold(self, number: int) -> None:
        if key := self.use(number):
            self.presenter.set_unfolded(key, not self.presenter.cards[key].unfolded)

    @rule(number=PICK)
    def enter(self, number: int) -> None:
        if key := self.use(number):
            self.presenter.enter(key)

    @rule()
    def leave(self) -> None:
        self.presenter.leave()

    @rule()
    def copy(self) -> None:
        if self.presenter.selection:
            self.clipboard = self.presenter.copy()

    @rule(at=st.none() | PLACES)
    def paste(self, at: tuple[float, float] | None) -> None:
        self.attempt(lambda: self.presenter.paste(self.clipboard, at))

    @rule()
    def duplicate(self) -> None:
        self.attempt(self.presenter.duplicate)

    @rule(number=PICK, new=st.sampled_from(["alpha", "beta", "input", "7"]))
    def rename(self, number: int, new: str) -> None:
        if key := self.card(number):
            self.attempt(lambda: self.presenter.rename(key, new))

    @rule(number=PICK, times=st.sampled_from(["1", "2", "×3", "many"]))
    def repeat(self, number: int, times: str) -> None:
        if key := self.card(number):
            self.attempt(lambda: self.presenter.repeat(key, times))

    @rule(number=PICK, at=PLACES)
    def move(self, number: int, at: tuple[float, float]) -> None:
        key = self.card(number)
        if key and not self.presenter.cards[key].dot:
            self.presenter.move({key: at})

    @rule(at=PLACES)
    def move_into(self, at: tuple[float, float]) -> None:
        level = self.presenter.level_at(at)
        chosen = {key: at for key in self.presenter.selection if not self.presenter.cards[key].dot}
        inside = any(f"{level.key}/".startswith(f"{key}/") for key in chosen)
        if chosen and not inside and level.scope != self.presenter.selected_level().scope:
            self.attempt(lambda: self.presenter.move_into(level, chosen))

    @rule(number=PICK)
    def make_own(self, number: int) -> None:
        if key := self.use(number):
            self.presenter.make_own(key)

    @rule(number=PICK, new=st.sampled_from(["Stage", "Part", "Conv2d"]))
    def rename_block(self, number: int, new: str) -> None:
        if key := self.use(number):
            kind, document = self.presenter.node(key).type, self.presenter.document
            self.attempt(lambda: document.apply("rename", block_page.renamed(document.experiment, kind, new)))

    @rule(number=PICK)
    def change_parameters(self, number: int) -> None:
        if key := self.use(number):
            kind, document = self.presenter.node(key).type, self.presenter.document
            names = list(document.experiment.architecture.blocks[kind].parameters)
            change = (
                block_page.parameter_removed(document.experiment, kind, names[0])
                if names and number % 2
                else block_page.parameter_added(document.experiment, kind)
            )
            document.apply("parameters", change)

    @rule()
    def undo(self) -> None:
        self.presenter.document.undo()

    @rule()
    def redo(self) -> None:
        self.presenter.document.redo()

    @rule()
    def save_and_open(self) -> None:
        saved = self.presenter.document.experiment
        assert from_json(to_json(saved), Experiment) == saved

    @invariant()
    def it_is_a_network(self) -> None:
        assert check_structure(self.presenter.architecture()) == ()

    @invariant()
    def what_is_drawn_fits_it(self) -> None:
        presenter = self.presenter
        assert presenter.cards.keys() == presenter.positions.keys()
        assert presenter.selection <= presenter.cards.keys()
        assert len({parent(key) for key in presenter.selection}) <= 1
        assert {
            end for edge in presenter.edges.values() for end in (edge.source, edge.target)
        } <= presenter.cards.keys()
        assert not presenter.selected().scope or presenter.selected().scope in presenter.architecture().blocks

    def teardown(self) -> None:
        if hasattr(self, "presenter"):
            while self.presenter.document.can_undo:
                self.presenter.document.undo()
            assert to_json(self.presenter.document.experiment) == self.start
            assert self.presenter.trail == () or self.presenter.level.scope in self.presenter.architecture().blocks


TestCanvas = Canvas.TestCase
TestCanvas.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
