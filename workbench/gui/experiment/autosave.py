"""Saves drafts of unsaved work while it is edited, and offers those left by an earlier session."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from workbench.gui.experiment.project import Project
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets.message_bar import MessageBar
from workbench.spec.words import plural

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from workbench.session.editing.drafts import Draft, DraftKeeper

DELAY_MS = 1000
"""Delay after the first of several edits; writing takes additional time. At most five seconds of work may be lost."""


class Autosave(QObject):
    """Follows the document from edit to edit, and its file from save to save."""

    def __init__(self, project: Project, pump: EventPump, messages: MessageBar) -> None:
        super().__init__(project)
        self._project = project
        self._pump = pump
        self._messages = messages
        self._keeper: DraftKeeper | None = None
        self._asked = self._told = 0
        self._recovered: tuple[Path, int] | None = None
        """The recovered draft, and the number of the last request before that."""
        self._timer = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._timer.timeout.connect(self._keep)
        self._document = project.document
        project.changed.connect(self._wake)
        pump.ticked.connect(self._take)

    @property
    def settled(self) -> bool:
        """Whether the disk holds a draft of the unsaved work, or none if nothing is unsaved."""
        return not self._timer.isActive() and self._told == self._asked

    def stop(self) -> None:
        """Stop saving drafts."""
        self._timer.stop()
        self._timer.timeout.disconnect(self._keep)

    def close(self, timeout_s: float) -> bool:
        """Remove the draft, and the one that was recovered if that is still there, since nothing is unsaved any more.
        Return whether the thread ended within the timeout.
        """
        if self._recovered is not None:
            from workbench.session.editing import drafts

            with suppress(OSError):  # what cannot be deleted is offered at the next start
                drafts.remove(self._recovered[0])
        return self._keeper is None or self._keeper.close(timeout_s)

    def offer(self) -> None:
        """Offer the drafts left by an earlier process."""
        from workbench.session.editing import drafts

        def show(found: tuple[list[Draft], list[str]]) -> None:
            for mistake in found[1]:
                self._messages.say("warning", mistake)
            self._offer(found[0])

        self._pump.background("drafts", drafts.left_behind, show)

    def _offer(self, drafts: Sequence[Draft]) -> None:
        """Offer the first of the drafts, and the next once that is closed, so that the network stays in sight."""
        if not drafts:
            return
        draft, *others = drafts
        title = draft.path.name if draft.path else draft.experiment.name
        edited = datetime.fromtimestamp(draft.edited_s).strftime("%d %B, %H:%M")
        since = "; the file has been saved since" if draft.older else ""
        then = f" {plural(len(others), 'other draft')} will be offered after it." if others else ""
        words = f"{title} had unsaved changes when the program ended; last edited on {edited}{since}.{then}"

        recover = ("Recover", partial(self._project.when_kept, partial(self._recover, draft)))
        discard = ("Discard", partial(self._remove, draft.file))
        message = self._messages.say("warning", words, recover, discard, lasts=True)
        message.closed.connect(lambda: self._offer(others))

    def _recover(self, draft: Draft) -> None:
        """Open a draft as unsaved work; the old draft is removed once the new one is on disk."""
        self._recovered = draft.file, self._asked
        self._project.show_unsaved(draft.experiment, draft.path, draft.stamp)

    def _remove(self, file: Path) -> None:
        from workbench.session.editing import drafts

        self._pump.background("discard", lambda: drafts.remove(file), lambda _: None)

    def _wake(self) -> None:
        if not self._document.dirty:
            self._timer.stop()
            self._keep()
        elif not self._timer.isActive():
            # Not restarted with each edit: otherwise continuous editing would never be saved.
            self._timer.start()

    def _keep(self) -> None:
        if self._document.dirty:
            if self._keeper is None:
                from workbench.session.editing.drafts import DraftKeeper

                self._keeper = DraftKeeper()
            self._asked = self._keeper.keep(self._document.experiment, self._document.path)
        elif self._keeper is not None:
            self._asked = self._keeper.drop()

    def _take(self) -> None:
        answer = self._keeper.answers.newest(self._told) if self._keeper is not None else None
        if answer is None:
            return
        self._told, trouble = answer
        if trouble:
            self._messages.say("warning", trouble)
        elif self._recovered is not None and self._told > self._recovered[1]:
            self._remove(self._recovered[0])
            self._recovered = None
