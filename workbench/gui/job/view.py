"""A dialog that runs a child process: a button that starts and cancels it, its progress and result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QCompleter,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QWidget,
)

from workbench.gui.dialogs.dialog import Dialog
from workbench.gui.job.presenter import JobPresenter
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets import theme
from workbench.gui.widgets.error_sentence import sentence
from workbench.gui.widgets.panel import fill, named, restyle, spaced, styled
from workbench.session.child_job import ChildJob

T = TypeVar("T")

WORD_WIDTH = 380
"""Width in pixels of the longest word that fits beside the labels of the narrowest dialog."""


class JobDialog(Dialog):
    """Non-modal base of such dialogs; subclasses implement ``make_job`` and ``show_phase``."""

    verb = "Start"
    again = "Start again"

    def __init__(self, parent: QWidget, pump: EventPump, title: str, presenter: JobPresenter) -> None:
        super().__init__(parent, title)
        self.presenter = presenter
        self.job: ChildJob | None = None
        self.fields: Sequence[QWidget] = ()
        """What is asked, which cannot be changed while a job is running."""
        self._pump = pump
        self._number = 0
        """Number of the newest job; an older one is ended as soon as it has started."""
        self.progress = named(QProgressBar(minimum=0, maximum=0, textVisible=False), "Progress")
        self.words = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.action = QPushButton(self.verb, default=True)
        self.action.clicked.connect(self.act)
        self.leave = QPushButton("Close")
        self.leave.clicked.connect(self.close)
        self.finished.connect(self.end)
        pump.ticked.connect(self._poll)

    def lay_out(self, above: QLayout, below: QLayout, *tools: QWidget) -> None:
        """Lay out what is asked, the progress, the result and the buttons, with ``tools`` at the left of these."""
        buttons = fill(QHBoxLayout(), *tools, None, self.leave, self.action)
        fill(self.make_column(), above, self.progress, self.words, (below, 1), buttons)

    def make_job(self) -> Callable[[], ChildJob]:
        """Return a function that starts a job in the background, with the values of the fields read beforehand."""
        raise NotImplementedError

    def show_phase(self) -> None:
        """Update what a subclass shows besides the progress."""

    def fit(self) -> None:
        """Adapt the height to the contents, once new labels are shown; before that, they have no size."""
        QTimer.singleShot(0, self, self._fit)

    def _fit(self) -> None:
        layout = self.layout()
        assert layout is not None
        self.resize(self.width(), layout.totalHeightForWidth(self.width()))

    # Work

    def act(self) -> None:
        """Start a job, or cancel the running one."""
        if self.presenter.phase == "running":
            self.cancel()
        else:
            self.begin()

    def begin(self) -> None:
        """Start a job with the values in the fields, ending the previous one."""
        self.end()
        self.presenter.begin()
        self.action.setFocus()  # the fields are disabled for a while, and Qt would focus any other button
        self.show_state()
        self.start()

    def start(self) -> None:
        """Start a job with the values in the fields."""
        begun = partial(self._begun, self._number)
        self.in_background("begin a job", self.make_job(), begun, always=True)

    def cancel(self) -> None:
        if self.job is not None:
            self.job.cancel()
        else:
            self.end()
            self.presenter.call_off()
            self.show_state()

    def refuse(self, words: str) -> None:
        """Show why there is no job, or why its result cannot be used."""
        self.presenter.refuse(words)
        self.show_state()

    def _begun(self, number: int, job: ChildJob) -> None:
        if number == self._number:
            self.job = job
        else:
            self._end(job)

    def in_background(
        self, name: str, work: Callable[[], T], done: Callable[[T], None], *, always: bool = False
    ) -> None:
        """Run ``work`` in a thread and call ``done`` or show the error, unless the dialog has moved on.

        If ``always``, ``done`` is called in any case, because it has something to clean up.
        """
        number = self._number

        def tell(result: T) -> None:
            if always or number == self._number:
                done(result)

        def fail(error: Exception) -> None:
            if number == self._number:
                self.refuse(sentence(error))

        self._pump.background(name, work, tell, fail)

    def _poll(self) -> None:
        presenter = self.presenter
        if self.job is not None and presenter.phase == "running":
            presenter.take(self.job.poll())
            if presenter.sentence != self.words.text():
                self.show_state()

    def show_state(self) -> None:
        phase = self.presenter.phase
        running = phase == "running"
        self.action.setText("Cancel" if running else self.again if phase == "done" else self.verb)
        restyle(self.action, "" if running or phase == "done" else "primary")
        self.leave.setEnabled(not running)  # beside Cancel it would seem to let the job go on
        for field in self.fields:
            field.setEnabled(not running)
        self.progress.setVisible(running)
        self.words.setText(self.presenter.sentence)
        self.words.setVisible(bool(self.presenter.sentence))
        restyle(self.words, "danger" if phase == "failed" else "")
        self.show_phase()

    def end(self) -> None:
        """End a running job."""
        self._number += 1
        if self.job is not None:
            job, self.job = self.job, None
            self._end(job)

    def _end(self, job: ChildJob) -> None:
        self.in_background("end a job", job.close, lambda _: None)


def form() -> QFormLayout:
    """Return a form with the spacing of dialogs."""
    return QFormLayout(horizontalSpacing=theme.SPACE_M, verticalSpacing=theme.SPACE_S)


def muted(words: str) -> QLabel:
    """Return the label of a field."""
    return styled(QLabel(words), "muted")


def show_rows(layout: QFormLayout, rows: tuple[tuple[str, str], ...]) -> None:
    """Replace a form's rows by these pairs of a label and a text; a tooltip has all of a long path."""
    while layout.rowCount():
        layout.removeRow(0)
    for label, words in rows:
        title, text = muted(label), QLabel(wordWrap=True)
        fitting = "\n".join(_with_room(line, text.fontMetrics()) for line in words.splitlines())
        text.setText(fitting)
        text.setToolTip(words if fitting != words else "")
        text.setTextFormat(Qt.TextFormat.PlainText)
        for part in (title, text):  # both alike, since Qt draws selectable text a pixel higher
            part.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            part.setAlignment(Qt.AlignmentFlag.AlignTop)
        layout.addRow(title, text)


def _with_room(line: str, metrics: QFontMetrics) -> str:
    """Elide a line in the middle if a word of it is too long to be wrapped; its beginning and its end matter most."""
    longest = max((metrics.horizontalAdvance(word) for word in line.split()), default=0)
    return line if longest <= WORD_WIDTH else metrics.elidedText(line, Qt.TextElideMode.ElideMiddle, WORD_WIDTH)


def complete(line: QLineEdit, names: Sequence[str]) -> None:
    """Offer these names as completions of what is typed, wherever they contain it."""
    completer = QCompleter(list(names), line, filterMode=Qt.MatchFlag.MatchContains, maxVisibleItems=12)
    completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    line.setCompleter(completer)


def with_button(line: QLineEdit, button: QPushButton) -> QHBoxLayout:
    """Return a row with a field and a button beside it."""
    return fill(spaced(QHBoxLayout(), theme.SPACE_S), (line, 1), button)
