"""A window that closes itself: ``python -m tests.gui.closed MS``, or ``python -m tests.gui.closed loaded MS MS ...``.

It starts training at half of that time. With ``loaded``, each window is a fork of this process, which has already
imported everything and has no other threads, so that the window opens at once; the forks share its output, and a final
line of JSON gives the exit status of each.
"""

import importlib
import json
import os
import signal
import sys
from collections.abc import Sequence

from PySide6.QtCore import QTimer

from workbench.gui import app

PATIENCE_S = 60
"""A window that has not closed by then is killed by a signal."""


def closed_after(delay_ms: int) -> int:
    """Open a window that closes itself after ``delay_ms``; return the exit status."""
    opened = app.open_window

    def open_and_close(*arguments):
        window = opened(*arguments)
        QTimer.singleShot(delay_ms // 2, window.trainer.start)
        QTimer.singleShot(delay_ms, window.close)
        return window

    app.open_window = open_and_close
    return app.main(None)


def each_closed_after(delays_ms: Sequence[int]) -> None:
    """Do the same for each delay in a fork, which exits as a program does."""
    for name in ("torch", "workbench.training.loop", "workbench.training.trouble.divergence", *app.LARGE_MODULES):
        importlib.import_module(name)
    codes = {}
    for delay_ms in delays_ms:
        child = os.fork()
        if not child:
            signal.alarm(PATIENCE_S)
            sys.exit(closed_after(delay_ms))
        codes[delay_ms] = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(json.dumps(codes))


if __name__ == "__main__":
    if sys.argv[1] == "loaded":
        each_closed_after([int(delay_ms) for delay_ms in sys.argv[2:]])
    else:
        sys.exit(closed_after(int(sys.argv[1])))
