"""The window of mistakes: a page for the chosen head, and beside it the pictures of what is chosen in the page.

Wrong labels are corrected here, or their pictures excluded from the data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QStackedWidget, QWidget

from workbench.gui.dialogs.dialog import Dialog
from workbench.gui.forms.output_choice import OutputChoice
from workbench.gui.mistakes.examples import Examples
from workbench.gui.mistakes.pages import PAGES
from workbench.gui.mistakes.presenter import MistakesPresenter
from workbench.gui.widgets.narrow import Sides, Wrapped
from workbench.gui.widgets.panel import ElidedLabel, EmptyState, choice, column_of, fill_window, heading, offer, styled
from workbench.gui.widgets.progress_row import ProgressRow
from workbench.gui.widgets.tab_order import tab_leads
from workbench.session.views.attention import attends
from workbench.spec.words import ended

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.events import AnyEvent
    from workbench.gui.experiment.document import Document
    from workbench.gui.mistakes.page import Page
    from workbench.gui.runtime.event_pump import EventPump
    from workbench.session.running.run import Run
    from workbench.spec.column import Kind
    from workbench.spec.experiment import Experiment

SIZE = (1060, 680)
SIDE = 400

NOTHING = (
    "No mistakes yet",
    "Train the network or open an earlier run to see its predictions on the test pictures.",
)


class MistakesWindow(Dialog):
    """Asks the run for its predictions: when the window opens, after each epoch, at a pause, and at the end.

    Pictures are excluded from the data of the document, and labels corrected; the next run takes both.
    """

    picture_asked = Signal(int)
    """Emitted with a picture whose neighbours are to be shown."""

    def __init__(self, parent: QWidget, document: Document, pump: EventPump) -> None:
        super().__init__(parent, "Mistakes")
        self.presenter = MistakesPresenter()
        self.presenter.take_experiment(document.experiment)
        self._pump = pump
        self._run: Run | None = None
        self._galleries_number = self._answer_number = 0
        self.pages: dict[Kind, Page] = {}
        """Those that were shown, by the kind of head."""
        self._make_choices()
        self.examples = Examples(self, self.presenter, document, pump)
        self.examples.picture_asked.connect(self.picture_asked)
        self.examples.selection_changed.connect(self._show_selection)
        self.note = styled(ElidedLabel(), "small")
        self.progress = ProgressRow()
        self.progress.cancel.clicked.connect(self._cancel)
        self.empty = EmptyState("matrix", *NOTHING)
        self._lay_out()
        self._show()
        self._stop_listening = document.listen(self._follow)
        self.finished.connect(self.stop)
        pump.add(self, until=self.finished)
        pump.ticked.connect(self._look)

    def _make_choices(self) -> None:
        """Make what chooses among the predictions: the split, the output, everything."""
        self.words = heading(Qt.TextElideMode.ElideMiddle)  # the step is at its end
        self.splits = choice("Split to evaluate", 14)
        self.splits.activated.connect(self._choose_split)
        self.heads = OutputChoice("Output to show mistakes of", self._choose_head, self._show)
        self.everything = QPushButton("All mistakes")
        self.everything.clicked.connect(self._choose_everything)

    def _lay_out(self) -> None:
        top = Wrapped([self.words], [self.splits, self.heads, self.everything])
        self._charts, self._asides = QStackedWidget(), QStackedWidget()
        side = column_of((self._asides, 2), (self.examples, 5))
        self.resize(*SIZE)
        self._body = fill_window(self, top, self.empty, Sides(self._charts, side, SIDE))
        layout = self.layout()
        assert layout is not None
        layout.addWidget(self.note)
        layout.addWidget(self.progress)

    @property
    def page(self) -> Page | None:
        """The page of the chosen head; None before the first answer."""
        found = self.presenter.mistakes
        return None if found is None else self._page_of(found.column.kind)

    def _page_of(self, kind: Kind) -> Page:
        """Return the page of a kind of head, made when it is first needed."""
        if kind not in self.pages:
            page = self.pages[kind] = PAGES[kind](self.presenter, self._pump)
            page.choice_changed.connect(self._show_choice)
            page.picked.connect(self._pick)
            self._charts.addWidget(page)
            self._asides.addWidget(page.aside)
        return self.pages[kind]

    def focusNextPrevChild(self, next: bool) -> bool:
        """Let Tab lead from what is chosen to the page, which is made last, and then to what is beside it."""
        top = (self.splits, self.heads, self.everything)
        parts = (self.examples.labels, *top, self._charts, self._asides, self.examples, self.progress)
        return tab_leads(self, parts, onward=next) or super().focusNextPrevChild(next)

    def begin(self, run: Run) -> None:
        self._run, self._galleries_number, self._answer_number = run, 0, 0
        self.presenter.begin(run.experiment.data)
        self.empty.say("No predictions yet", "The network is evaluated once its data is ready.")
        self._forget_choice()
        self._show()

    def clear(self) -> None:
        self._run = None
        self.presenter.begin()
        self.empty.say(*NOTHING)
        self._forget_choice()
        self._show()

    def _forget_choice(self) -> None:
        """Choose and select nothing, since the numbers of pictures mean those of another run."""
        self.examples.forget()
        for page in self.pages.values():
            page.forget()

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Ask again when it is due."""
        self.presenter.feed(events, state)
        self._ask_run()

    def _ask_run(self) -> None:
        if self._run is not None and self.presenter.take_question():
            self.presenter.asked(self._run.insight.mistakes.ask(self.presenter.split))
            self.empty.say("Evaluating the network…", "Its predictions appear here in a moment.")

    def _look(self) -> None:
        """At each tick: take the newest answer. Who opened the window does not wait for the events of a run."""
        if self._run is None:
            return
        insight, presenter = self._run.insight, self.presenter
        galleries = insight.galleries.newest(self._galleries_number)
        if galleries is not None:
            self._galleries_number, presenter.galleries = galleries
        answer = insight.mistakes.answers.newest(self._answer_number)
        if answer is not None:
            self._answer_number = answer[0]
            if presenter.take_answer(*answer):
                self._show()
        if presenter.is_waiting:
            self._show_foot()

    def _choose_split(self) -> None:
        self.presenter.choose_split(self.splits.currentData())
        self._ask_run()
        self._show_foot()

    def _cancel(self) -> None:
        assert self._run is not None
        self._run.insight.mistakes.cancel()
        self.presenter.cancel()
        self._show()

    def _choose_head(self, head: int) -> None:
        self.presenter.head = head
        if self.page is not None:
            self.page.presenter.choose_all()

    def _choose_everything(self) -> None:
        if self.page is not None:
            self.page.presenter.choose_all()
            self._show_choice()

    def _show(self) -> None:
        presenter, page = self.presenter, self.page
        if page is None and presenter.problem:
            self.empty.say("No predictions to show", ended(presenter.problem))
        self._body.setCurrentIndex(0 if page is None else 1)
        self._call(presenter.thing)
        self._offer_splits()
        self.heads.offer(presenter.head_titles, presenter.head)
        self.words.setText("" if page is None else presenter.headed(page.presenter.words))
        self.everything.setEnabled(page is not None)
        if page is not None:
            self.everything.setText(page.presenter.everything)
            self.everything.setToolTip(page.presenter.everything_tip.format(thing=presenter.thing))
            self.everything.setVisible(page.presenter.has_choice)
            self._charts.setCurrentWidget(page)
            self._asides.setCurrentWidget(page.aside)
            page.show_answer()
            page.show_choice()
            self._asides.setVisible(not page.aside.isHidden())
            can_attend = self._run is not None and attends(self._run.experiment.architecture)
            self.examples.show_page(page.presenter, page.listing, attends=can_attend)
        self._show_foot()

    def _call(self, thing: str) -> None:
        """Say in the tooltips what an example is called."""
        self.splits.setToolTip(f"{thing.capitalize()}s to evaluate")
        self.examples.call(thing)

    def _offer_splits(self) -> None:
        self.splits.setVisible(self.presenter.mistakes is not None)
        offer(self.splits, self.presenter.split_choices, self.presenter.split)

    def _show_foot(self) -> None:
        """Show the progress, or what is excluded; nothing if there is neither."""
        presenter, note = self.presenter, ended(self.presenter.note)
        self.note.setText(note)
        self.note.setVisible(bool(note) and not presenter.is_waiting)
        self.progress.setVisible(presenter.is_waiting)
        if presenter.is_waiting:
            assert self._run is not None
            self.progress.show_progress(
                presenter.asked_words, *presenter.progress(*self._run.insight.mistakes.progress)
            )

    def _show_choice(self) -> None:
        assert self.page is not None
        self.words.setText(self.presenter.headed(self.page.presenter.words))
        self.page.show_choice()
        self.examples.show_chosen()

    def _pick(self, index: int) -> None:
        """Select a picture that was clicked in a chart, in the list, where all are shown if it is not among those."""
        assert self.page is not None
        if index not in self.page.presenter.pictures:
            self.page.presenter.choose_all()
            self.examples.show_all()
            self._show_choice()
        self.examples.pick(index)

    def _show_selection(self) -> None:
        if self.page is not None:
            self.page.show_selection(self.examples.selection)

    def _follow(self, before: Experiment, after: Experiment) -> None:
        if before.data != after.data:
            self.presenter.take_experiment(after)
            self.examples.show_changes()
            self._show_foot()

    def stop(self) -> None:
        """Cancel what is being computed, and stop listening."""
        if self._run is not None:
            self._run.insight.mistakes.cancel()
            self._run = None
        self._stop_listening()
        self._pump.ticked.disconnect(self._look)
