"""Makes the pictures of the docs from the program itself: a real window, a real network, a real short training.

    python docs/pictures/make.py

It needs no display. Everything the run writes goes to a folder that is deleted afterwards.
"""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
SEEN_EPOCHS = 5
"""After so many of the preset's fifteen the run is paused, with something on every panel."""
SIZE = (1440, 900)
QUERY = 17
"""A test picture whose neighbours are not all of one class, so that the outlines have something to say."""


def main() -> None:
    """Train LeNet on the small Fashion-MNIST in the window and photograph it in both colours."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    with tempfile.TemporaryDirectory() as home:
        os.environ["WORKBENCH_HOME"] = home
        _photograph()


def _photograph() -> None:
    from PySide6.QtWidgets import QApplication

    from workbench.gui import theme
    from workbench.gui.app import open_window
    from workbench.gui.run_bar.presenter import Command, State

    app = QApplication([])
    window = open_window(app, None)
    window.resize(*SIZE)
    _wait(app, lambda: window.checker.settled)
    window.trainer.do(Command.RUN)
    panels = window.watch
    _wait(app, lambda: panels.neighbours.presenter.gallery is not None)
    panels.neighbours.gallery.chosen.emit(QUERY)
    window.canvas.presenter.select(["conv1"])
    presenter = window.run_bar.presenter
    _wait(app, lambda: len(panels.curves.presenter.epochs) >= SEEN_EPOCHS and panels.neighbours.presenter.neighbours)
    window.trainer.do(Command.PAUSE)
    _wait(app, lambda: presenter.state is State.PAUSED)
    ticks: list[None] = []
    window.pump.ticked.connect(lambda: ticks.append(None))
    for colours in ("light", "dark"):
        theme.apply(app, colours)
        ticks.clear()
        # Paused, the run still answers the panels' questions; some ticks on, all of it has been shown.
        _wait(app, lambda: len(ticks) >= 30)
        window.grab().save(str(HERE / f"window-{colours}.png"))
    window.close()
    _wait(app, lambda: window.closing.done)


def _wait(app: "QApplication", condition: Callable[[], object]) -> None:  # noqa: F821  # imported once Qt's platform is chosen
    from PySide6.QtCore import QEventLoop

    while not condition():
        app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


if __name__ == "__main__":
    main()
