"""After any sequence of edits the network is valid, its file reads back, and undo restores the start."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.gui.canvas.networks import chain, experiment
from workbench import shipped
from workbench.compiler.analysis import analyse
from workbench.durable import write_text
from workbench.gui.canvas.alignment import Box
from workbench.gui.canvas.card_keys import is_note, name, parent
from workbench.gui.canvas.framed_layout import arrange_framed
from workbench.gui.canvas.presenter import Presenter
from workbench.gui.canvas.routing import Routing
from workbench.gui.experiment.document import Document
from workbench.gui.inspector import block_page
from workbench.gui.inspector.presenter import with_parameter
from workbench.layers import LAYERS
from workbench.spec import blocks
from workbench.spec.files import read_architecture, read_block, read_experiment, to_json
from workbench.spec.forms import parameters_of
from workbench.spec.problems import SpecError
from workbench.spec.record import replace
from workbench.spec.structure import check_structure

LIBRARY = {
    f"library:{name}": read_block(shipped.presets() / "blocks" / f"{name}.json") for name in ("residual", "inception")
}
KINDS = ("Conv2d", "ReLU", "Add", "Input", "Output", "library:residual", "library:inception")
(FILTERS,) = [each for each in parameters_of(LAYERS["Conv2d"]) if each.name == "out_channels"]
MANY = 30
PICK = st.integers(0, 60)
PLACES = st.tuples(st.floats(-500, 2500), st.floats(-500, 2500))


class Canvas(RuleBasedStateMachine):
    """Random edits of a canvas. Numbers choose cards by their position in the graph."""

    clipboard = ""

    @initialize(preset=st.sampled_from(["", "resnet20", "densenet_mini"]))
    def begin(self, preset: str) -> None:
        start = experiment(chain("ReLU", "Conv2d", "Tanh"))
        if preset:
            start = replace(start, architecture=read_architecture(preset))
        self.start = to_json(start)
        self.folder = TemporaryDirectory()
        self.file = Path(self.folder.name) / "mine.json"
        self.presenter = Presenter(Document(start), LIBRARY)
        self.routing = Routing()

    def attempt(self, edit: Callable[[], object]) -> None:
        """Try an edit; one that fails gives a sentence and changes nothing."""
        before = self.presenter.document.experiment
        try:
            edit()
        except SpecError as error:
            said = str(error)
        else:
            return
        assert said and self.presenter.document.experiment is before

    def note(self, number: int) -> str | None:
        keys = list(self.presenter.notes)
        return keys[number % len(keys)] if keys else None

    def card(self, number: int) -> str | None:
        keys = list(self.presenter.cards)
        return keys[number % len(keys)] if keys else None

    def use(self, number: int) -> str | None:
        uses = [key for key in self.presenter.cards if self.presenter.is_use(key)]
        return uses[number % len(uses)] if uses else None

    @rule(numbers=st.lists(PICK, max_size=4), notes=st.lists(PICK, max_size=2))
    def select(self, numbers: list[int], notes: list[int]) -> None:
        cards = {key for number in numbers if (key := self.card(number))}
        self.presenter.select(cards | {key for number in notes if (key := self.note(number))})

    @rule()
    def select_all(self) -> None:
        self.presenter.select_all()

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

    @rule(number=PICK, edge=PICK)
    def insert(self, number: int, edge: int) -> None:
        key, edges = self.card(number), list(self.presenter.edges)
        if key and edges and self.presenter.can_insert(key):
            self.attempt(lambda: self.presenter.insert(key, edges[edge % len(edges)]))

    def convolution(self, number: int) -> str | None:
        keys = [key for key in self.presenter.cards if self.presenter.node(key).type == "Conv2d"]
        return keys[number % len(keys)] if keys else None

    @rule(number=PICK, filters=st.integers(1, 4))
    def set_parameter(self, number: int, filters: int) -> None:
        if key := self.convolution(number):
            scope, document = self.presenter.level_of(key).scope, self.presenter.document
            changed = with_parameter(document.experiment.architecture, name(key), FILTERS, filters, scope)
            document.apply_architecture("set filters", changed, merge="filters")

    @rule(number=PICK)
    def bind(self, number: int) -> None:
        key = self.convolution(number)
        if key and (scope := self.presenter.level_of(key).scope):
            document = self.presenter.document
            document.apply_architecture(
                "bind", block_page.bound(document.experiment.architecture, scope, name(key), FILTERS.name, 3)
            )

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
        cards = {key for key in self.presenter.selection if not is_note(key)}
        names = {key for key in cards if self.presenter.cards[key].ports.inputs}
        if not names:
            return
        graph = self.presenter.level_of(next(iter(names))).graph
        steps = self.presenter.document.experiment
        self.attempt(self.presenter.group)
        if self.presenter.document.experiment is steps:
            return
        self.presenter.ungroup()
        assert self.presenter.selected_level().graph == graph

    @rule(number=PICK)
    def fold(self, number: int) -> None:
        if key := self.use(number):
            self.presenter.set_unfolded(key, not self.presenter.cards[key].unfolded)

    @rule(number=PICK)
    def enter(self, number: int) -> None:
        if key := self.use(number):
            self.presenter.enter(key)

    @rule(number=PICK)
    def look_into(self, number: int) -> None:
        names = list(self.presenter.architecture().blocks)
        if names:
            self.presenter.look_into(names[number % len(names)])
            assert self.presenter.level.scope == names[number % len(names)]

    @rule()
    def leave(self) -> None:
        self.presenter.leave()

    @rule()
    def copy(self) -> None:
        if 0 < len(self.presenter.selection) <= MANY:
            self.clipboard = self.presenter.copy()

    @rule(at=st.none() | PLACES)
    def paste(self, at: tuple[float, float] | None) -> None:
        self.attempt(lambda: self.presenter.paste(self.clipboard, at))

    @rule()
    def duplicate(self) -> None:
        # Duplicating everything repeatedly would soon give millions of nodes.
        if len(self.presenter.selection) <= MANY:
            self.attempt(self.presenter.duplicate)

    @rule(number=PICK, new=st.sampled_from(["alpha", "beta", "input", "7"]))
    def rename(self, number: int, new: str) -> None:
        if key := self.card(number):
            self.attempt(lambda: self.presenter.rename(key, new))

    @rule(number=PICK, times=st.sampled_from(["1", "2", "×3", "many"]))
    def repeat(self, number: int, times: str) -> None:
        if key := self.card(number):
            self.attempt(lambda: self.presenter.repeat(key, times))

    @rule(at=PLACES, text=st.text(max_size=40))
    def comment(self, at: tuple[float, float], text: str) -> None:
        key = self.presenter.add_comment(at)
        self.presenter.write(key, text.strip())
        assert (key in self.presenter.notes) == bool(text.strip())

    @rule(at=PLACES)
    def frame(self, at: tuple[float, float]) -> None:
        key = self.presenter.add_frame(at)
        self.attempt(lambda: self.presenter.colour("red"))
        assert self.presenter.notes[key].colour == "red"

    @rule(number=PICK, at=PLACES, size=PLACES)
    def resize(self, number: int, at: tuple[float, float], size: tuple[float, float]) -> None:
        key = self.note(number)
        if key and self.presenter.notes[key].size:
            self.presenter.resize(
                key, Box(left=round(at[0]), top=round(at[1]), width=round(size[0]), height=round(size[1]))
            )

    @rule(number=PICK, at=PLACES)
    def move_frame(self, number: int, at: tuple[float, float]) -> None:
        """What lies in a frame stays in it."""
        key = self.note(number)
        if not key:
            return
        before, carried = self.presenter.box(key), self.presenter.with_held({key})
        boxes = {each: self.presenter.box(each) for each in carried}
        dx, dy = round(at[0] - before.left), round(at[1] - before.top)
        self.presenter.move({each: (box.left + dx, box.top + dy) for each, box in boxes.items()})
        if not self.presenter.level_of(key).inner:
            assert carried <= self.presenter.with_held({key})

    @rule(dx=st.integers(-8, 8), dy=st.integers(-8, 8))
    def nudge(self, dx: int, dy: int) -> None:
        self.presenter.nudge(dx * 8.0, dy * 8.0)

    @rule(side=st.sampled_from(["left", "middle", "bottom"]))
    def align(self, side: str) -> None:
        self.attempt(lambda: self.presenter.align(side))  # type: ignore[arg-type]

    @rule()
    def tidy(self) -> None:
        untidy = self.presenter.untidy()
        assert self.presenter.tidy(untidy, arrange_framed(untidy.part, untidy.frames))

    @rule(number=PICK, at=PLACES)
    def move(self, number: int, at: tuple[float, float]) -> None:
        key = self.card(number)
        if key and not self.presenter.cards[key].dot:
            self.presenter.move({key: at})

    @rule(at=PLACES)
    def move_into(self, at: tuple[float, float]) -> None:
        level = self.presenter.level_at(at)
        chosen = {key: at for key in self.presenter.selection if is_note(key) or not self.presenter.cards[key].dot}
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
            self.attempt(
                lambda: document.apply_architecture(
                    "rename", block_page.renamed(document.experiment.architecture, kind, new)
                )
            )

    @rule(number=PICK)
    def change_parameters(self, number: int) -> None:
        if key := self.use(number):
            kind, document = self.presenter.node(key).type, self.presenter.document
            names = list(document.experiment.architecture.blocks[kind].parameters)
            change = (
                blocks.remove_parameter(document.experiment.architecture, kind, names[0])
                if names and number % 2
                else block_page.parameter_added(document.experiment.architecture, kind)
            )
            document.apply_architecture("parameters", change)

    @rule()
    def undo(self) -> None:
        self.presenter.document.undo()

    @rule()
    def redo(self) -> None:
        self.presenter.document.redo()

    @rule()
    def save(self) -> None:
        document = self.presenter.document
        write_text(self.file, to_json(document.experiment))
        document.mark_saved(self.file, document.experiment)
        assert read_experiment(self.file) == document.experiment
        assert to_json(read_experiment(self.file)) == self.file.read_text()

    @rule()
    def open(self) -> None:
        """Continue with the file saved last."""
        if not self.file.exists():
            return
        self.start = self.file.read_text()
        self.presenter.document.replace(read_experiment(self.file), self.file)
        assert not self.presenter.document.dirty and not self.presenter.document.can_undo

    @rule()
    def check(self) -> None:
        self.presenter.show_analysis(analyse(self.presenter.architecture()))

    @invariant()
    def what_is_kept_from_before_is_as_if_made_anew(self) -> None:
        presenter = self.presenter
        anew = Presenter(Document(presenter.document.experiment), LIBRARY)
        anew.go_to(presenter.trail)
        if presenter.analysis:
            anew.show_analysis(presenter.analysis)
        assert list(presenter.cards.items()) == list(anew.cards.items())
        assert presenter.positions == anew.positions
        assert presenter.edges == anew.edges
        assert self.routing.lead(presenter) == Routing().lead(anew)

    @invariant()
    def it_is_a_network(self) -> None:
        assert check_structure(self.presenter.architecture()) == ()

    @invariant()
    def what_is_drawn_fits_it(self) -> None:
        presenter = self.presenter
        assert presenter.cards.keys() == presenter.positions.keys()
        assert presenter.selection <= presenter.cards.keys() | presenter.notes.keys()
        for level in presenter.contents.levels.values():
            assert len(list(level.shown_notes())) == len(level.graph.notes)
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
            self.folder.cleanup()
            assert self.presenter.trail == () or self.presenter.level.scope in self.presenter.architecture().blocks


TestCanvas = Canvas.TestCase
TestCanvas.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
