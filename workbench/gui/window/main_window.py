"""The main window: its layout, and which part listens to which. The work is done by the parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QSplitter,
    QTabWidget,
    QWidget,
)

from workbench.gui.canvas.start_page import StartPage
from workbench.gui.canvas.view import CanvasView
from workbench.gui.experiment.autosave import Autosave
from workbench.gui.experiment.checker import Checker
from workbench.gui.experiment.document import Document
from workbench.gui.experiment.file_watch import FileWatch
from workbench.gui.experiment.library import Library
from workbench.gui.experiment.networks import Networks
from workbench.gui.experiment.project import Project
from workbench.gui.experiment.selected import Selected
from workbench.gui.inspector.view import Inspector
from workbench.gui.palette.view import Palette
from workbench.gui.preferences import Preferences
from workbench.gui.run_bar.view import RunBar
from workbench.gui.running.advice import Advice
from workbench.gui.running.failure import FailureMessage
from workbench.gui.running.initialisation import InitialisationMessage
from workbench.gui.running.left_out import LeftOut
from workbench.gui.running.moved_data import MovedData
from workbench.gui.running.notes import Notes
from workbench.gui.running.queue_keeper import QueueKeeper
from workbench.gui.running.trainer import Trainer
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.runtime.internal_errors import InternalErrors
from workbench.gui.steering.view import SteeringOffer
from workbench.gui.widgets.message_bar import MessageBar
from workbench.gui.widgets.panel import EmptyState
from workbench.gui.widgets.tab_order import tab_leads
from workbench.gui.window import menus
from workbench.gui.window.closing import Closing
from workbench.gui.window.commands import WindowCommands
from workbench.gui.window.file_menus import FileMenus
from workbench.gui.window.findings import Findings
from workbench.gui.window.incoming import Incoming
from workbench.gui.window.outgoing import Outgoing
from workbench.gui.window.state import WindowState
from workbench.gui.window.status_bar import StatusBar
from workbench.gui.window.tool_bar import ToolBar
from workbench.gui.window.windows import Windows
from workbench.spec.experiment import Experiment
from workbench.spec.problems import Problem

FIRST_SIZE = QSize(1440, 900)
LEAST_SIZE = QSize(900, 600)
"""Small enough for half of a large screen."""

LEAST_CANVAS_WIDTH = 200
"""Wide enough to read a card or a message, also beside the inspector on a screen of 512 pixels; the code beside the
canvas gives way.
"""


class MainWindow(QMainWindow):
    """One window, one document, one followed run."""

    painted = Signal()
    """Emitted once the window is visible, so that large modules can be loaded."""

    def __init__(
        self,
        experiment: Experiment,
        path: Path | None,
        preferences: Preferences,
        internal_errors: InternalErrors | None,
    ) -> None:
        super().__init__()
        self.preferences = preferences
        self._internal_errors = internal_errors
        self._was_painted = False
        self.is_whole = False
        """Whether the late parts exist, too."""
        self.pump = EventPump(self)
        self.messages = MessageBar()
        self._make_document(experiment, path)
        self._make_parts()
        self._make_running()
        self.closing = Closing(self)
        self.window_state = WindowState(self)
        self.windows = Windows(self)
        self.incoming = Incoming(self)
        self.outgoing = Outgoing(self)
        self.files = FileMenus(self.project, self.pump, self.preferences)
        self._lay_out()
        self._make_commands()
        self._connect()
        self.window_state.restore()
        self._show_title()
        self.setAcceptDrops(True)

    # Parts

    def _make_document(self, experiment: Experiment, path: Path | None) -> None:
        self.document = Document(experiment, path)
        self.project = Project(self, self.document, self.pump, self.messages, self.preferences)
        self.autosave = Autosave(self.project, self.pump, self.messages)
        self.file_watch = FileWatch(self.project, self.pump, self.messages)
        self.checker = Checker(self.document, self.pump)
        self.library = Library(self.pump, self.messages)

    def _make_parts(self) -> None:
        self.run_bar = RunBar()
        self.palette_panel = Palette(self.document, self.library.blocks)
        self.canvas = CanvasView(self.document, self.library.blocks, self.pump.background)
        self.inspector = Inspector(self.document)
        self.status = StatusBar(self.document)
        self.findings = Findings(self.document, self.canvas, self.inspector, self.status, self.run_bar)

    def _make_running(self) -> None:
        self.trainer = Trainer(self.document, self.pump, self.run_bar, self.messages)
        self.networks = Networks(self.document, self.pump, self.checker, lambda: self.trainer.live, self.messages.say)
        self.queue = QueueKeeper(self, self.document, self.pump, self.trainer, self.messages)
        self.steering = SteeringOffer(self.document, self.pump, self.trainer, self.messages)
        self.notes = Notes(self.pump, self.messages)
        self.failure = FailureMessage(self.document, self.pump, self.trainer, self.run_bar, self.messages)
        self.moved_data = MovedData(self.trainer, self.pump, self.messages)
        self.left_out = LeftOut(self, self.pump, self.messages)
        self.initialisation = InitialisationMessage(self, self.pump, self.messages)
        self.advice = Advice(self.document, self.pump, self.trainer, self.messages, self._show_problem)

    # Layout

    def _lay_out(self) -> None:
        self.sidebar = QTabWidget(documentMode=True)
        self.sidebar.tabBar().setAccessibleName("Inspector and settings")
        self.sidebar.addTab(self.inspector, "Inspector")
        self.drawing = QSplitter(Qt.Orientation.Horizontal)
        self.canvas.setMinimumWidth(LEAST_CANVAS_WIDTH)
        self.drawing.addWidget(self.canvas)
        sight, bars = self.canvas.sight, (self.canvas.breadcrumbs, self.canvas.find_bar)
        self.messages.lie_over(self.canvas, below=bars, worked_on=sight.worked_on)
        self.messages.covering.connect(sight.fit_between)
        self.messages.stand_first(self.steering)
        self.top = QSplitter(Qt.Orientation.Horizontal)
        for widget, stretch in ((self.palette_panel, 0), (self.drawing, 1), (self.sidebar, 0)):
            self.top.addWidget(widget)
            self.top.setStretchFactor(self.top.indexOf(widget), stretch)
        self.top.setSizes([self.palette_panel.sizeHint().width(), 900, 320])
        self.watch: QWidget = EmptyState("chart", "Panels of the run", "Loading…")
        self.whole = QSplitter(Qt.Orientation.Vertical)
        self.whole.addWidget(self.top)
        self.whole.addWidget(self.watch)
        self.whole.setStretchFactor(0, 3)
        self.whole.setStretchFactor(1, 1)
        self.whole.setSizes([600, 250])
        for splitter in (self.drawing, self.top, self.whole):
            splitter.setChildrenCollapsible(False)
        self.setCentralWidget(self.whole)
        self.setStatusBar(self.status)
        self.canvas.setFocus()  # so that its shortcuts work from the start; Qt would choose the first field
        self.setMinimumSize(LEAST_SIZE.boundedTo(self.screen().availableSize()))
        self.resize(FIRST_SIZE.boundedTo(self.screen().availableSize()))

    def late_parts(self) -> Iterator[None]:
        """Add the panels that need numpy, pyqtgraph or the data catalogue, once these are loaded, one per step."""
        yield from self._add_watch()
        yield
        yield from self._add_training_page()
        yield
        self._add_data_page()
        yield
        self.is_whole = True
        # Only now: reading takes half of the interpreter's time, so creating a page would take twice as long.
        self.project.read_preset_titles()
        self.library.read()
        if self.preferences.is_on("code", first=False):
            self.commands["code"].trigger()

    def _add_watch(self) -> Iterator[None]:
        from workbench.gui.watch.area import PANELS, WatchArea

        panels = {}
        for name, panel in PANELS.items():
            panels[name] = panel(self.pump)
            yield
        sizes = self.whole.sizes()
        empty, self.watch = self.watch, WatchArea(self.pump, panels)
        for name in ("filters", "neighbours"):
            self.networks.accompany(panels[name])
        self.whole.replaceWidget(self.whole.indexOf(empty), self.watch)
        empty.deleteLater()
        self.watch.setVisible(self.commands["watch"].isChecked())
        self.whole.setSizes(sizes)
        self.watch.saving.connect(self.project.write)

    def _add_training_page(self) -> Iterator[None]:
        from workbench.gui.settings.training_page import TrainingPage

        self.training_page = TrainingPage(self.document)
        self.sidebar.addTab(self.training_page, "Training")
        yield from self.training_page.make_sections()
        self.training_page.start_weights.wanted.connect(self.incoming.load_weights)
        self.training_page.find_rate.clicked.connect(self.windows.open_lr_finder)
        self.training_page.rate_confirmed.connect(self.steering.confirm_rate)
        speed = self.training_page.speed
        speed.again.clicked.connect(lambda: self.trainer.benchmark_again(speed.expect_again))
        self.pump.add(speed)
        self.commands["name"].setEnabled(True)

    def _add_data_page(self) -> None:
        from workbench.gui.settings.data_page import DataPage

        self.data_page = DataPage(self.document, self.pump, self.project.preset_titles)
        self.data_page.look.clicked.connect(self.windows.open_data)
        self.data_page.chosen_again.connect(self.checker.check_again)
        self.data_page.chosen_again.connect(self.outgoing.write_code_again)
        self.data_page.facts.known.connect(self.training_page.heads.show_columns)
        self.data_page.facts.known.connect(self.inspector.show_columns)
        self.data_page.facts.shape_known.connect(self.canvas.know_data_shape)
        self.sidebar.insertTab(1, self.data_page, "Data")

    def _make_commands(self) -> None:
        self.commands = WindowCommands(self)
        submenus = menus.fill_menus(self, self.commands.actions, self.canvas.commands)
        self.files.fill(submenus)
        page = StartPage(self.canvas, submenus["presets"], [self.commands["open"], self.commands["import"]])
        page.wanted.connect(self.project.open_preset)
        self.canvas.empty.offer(page)
        self.messages.raise_()  # above the page
        self._make_tool_bar()

    def _make_tool_bar(self) -> None:
        self.tools = bar = ToolBar()
        bar.addAction(self.commands["new"])
        bar.addWidget(self.files.button(self.commands["open"]))
        bar.addAction(self.commands["save"])
        bar.addSeparator()
        bar.addAction(self.commands["undo"])
        bar.addAction(self.commands["redo"])
        bar.addSeparator()
        bar.let_give_way(bar.actions(), before=bar.addWidget(self.run_bar))
        bar.addSeparator()
        for name in ("code", "export", "theme"):
            bar.addAction(self.commands[name])
        self.addToolBar(bar)

    # Connections

    def _connect(self) -> None:
        self.pump.add(self.run_bar)
        self.run_bar.drawn.connect(self.pump.end_turn)
        self.pump.ticked.connect(self._tell_internal_errors)
        self.palette_panel.chosen.connect(self.canvas.add_after_selection)
        self.palette_panel.looking.connect(self.canvas.blocks.look_into)
        self.palette_panel.removing.connect(self.library.remove)
        self.canvas.keeping.connect(self.library.keep)
        self.library.changed.connect(self.palette_panel.show_entries)
        self.canvas.selection_changed.connect(self._show_selection)
        self.canvas.features_wanted.connect(self.windows.open_features)
        self.canvas.inspection_wanted.connect(self._enter_inspector)
        self.inspector.left.connect(self.canvas.setFocus)
        self.inspector.refused.connect(self.canvas.say)
        self.checker.checked.connect(self.findings.show)
        self.checker.device_found.connect(self.status.device.setText)
        self.status.problem_pressed.connect(self._show_problem)
        self.project.changed.connect(self._show_title)
        self.project.replaced.connect(self.trainer.leave)
        self.project.replaced.connect(self.canvas.setFocus)
        self.failure.blamed.connect(self.findings.blame)
        self.failure.shown.connect(self._show_problem)
        self.failure.batch_wanted.connect(self.windows.open_batch)
        self.failure.data_wanted.connect(lambda: self._open_page(self.data_page))
        self.trainer.followed.connect(lambda run: self.preferences.keep("last_run", str(run.folder)))
        self.queue.compare_wanted.connect(self.windows.open_compare_runs)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._keep_focus)

    def _show_selection(self, selected: Selected) -> None:
        self.inspector.show_selection(selected)
        if selected.names:
            self.sidebar.setCurrentWidget(self.inspector)

    def _open_page(self, page: QWidget) -> None:
        """Show a page of the sidebar, which may be hidden."""
        self.commands["sidebar"].setChecked(True)
        self.sidebar.show()
        self.sidebar.setCurrentWidget(page)

    def _enter_inspector(self) -> None:
        self._open_page(self.inspector)
        self.inspector.enter()

    def enter_name(self) -> None:
        """Let the user rename the experiment."""
        self._open_page(self.training_page)
        self.training_page.enter_name()

    def use_data(self, path: Path) -> None:
        """Use a folder or a file as the data, and show the data page, which says what is wrong with it if anything."""
        self._open_page(self.data_page)
        self.data_page.choose("use dropped data", path)

    def _show_problem(self, problem: Problem) -> None:
        self.canvas.sight.show_problem(problem)
        self.sidebar.setCurrentWidget(self.inspector)

    def _show_title(self) -> None:
        self.setWindowModified(self.document.dirty)
        self.setWindowTitle(f"{self.project.title}[*] — Workbench")

    def _keep_focus(self, before: QWidget | None, _: QWidget | None) -> None:
        """Give the focus to the canvas when a focused button goes with its message; Qt would choose the first field."""
        if before is not None and not before.isVisible() and self.messages.isAncestorOf(before):
            self.canvas.setFocus()

    def offer_last_run(self) -> None:
        """Offer to resume or follow the run that was followed when the window was last closed."""
        kept = self.preferences.get("last_run")
        if kept:
            self.trainer.offer(Path(str(kept)))

    def _tell_internal_errors(self) -> None:
        while self._internal_errors is not None and (words := self._internal_errors.take()):
            self.messages.say("error", words)

    # Events

    def paintEvent(self, event: QPaintEvent) -> None:
        """Emit ``painted`` once the first paint is on the screen."""
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self.painted.emit)

    def focusNextPrevChild(self, next: bool) -> bool:
        """Let Tab lead through the window as one reads it, and from what lies over the canvas to the canvas."""
        over = (self.canvas.breadcrumbs, self.canvas.find_bar, self.messages)
        parts = (self.tools, self.palette_panel, *over, self.drawing, self.sidebar, self.watch, self.status)
        return tab_leads(self, parts, onward=next) or super().focusNextPrevChild(next)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.incoming.dropped(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open, import, load or use what was dropped."""
        take = self.incoming.dropped(event.mimeData())
        if take is not None:
            event.acceptProposedAction()
            take()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Close at once if nothing is running; otherwise end that first, then close."""
        event.setAccepted(self.closing.may_close())
