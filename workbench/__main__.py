"""The entry point: ``workbench`` opens the window, ``workbench FILE.json`` opens it on an experiment, and
``workbench COMMAND ...`` runs a command.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from workbench.places import Homeless

SPIN_COUNT = "10000"
"""Spins of a waiting torch thread before it sleeps (``GOMP_SPINCOUNT``); read when torch is loaded.

OpenMP's default is thirty times as many: when other programs want the cores, two threads then trained up to ten
times slower. With none at all, waking the threads costs LeNet what a second thread gains (docs/measurements.md).
"""

NOT_POSSIBLE = 2
"""Exit status of a command that could not start: wrong usage, no display, a missing library."""


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window or run the command; return the exit status."""
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", SPIN_COUNT)
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        if not arguments:
            return open_window(None)
        if len(arguments) == 1 and arguments[0].endswith(".json"):
            return open_window(Path(arguments[0]))

        from workbench import cli

        return cli.main(arguments)
    except Homeless as error:
        from workbench.cli import console

        console.complain(str(error))
        return NOT_POSSIBLE


def open_window(experiment: Path | None) -> int:
    """Show the window, on this experiment if given; if no window is possible, say why and return ``NOT_POSSIBLE``."""
    from workbench.session import doctor

    if obstacle := doctor.window_preflight():
        from workbench.cli import console

        console.complain(obstacle)
        console.complain(f"Everything also runs without a window: {console.program()} train lenet")
        return NOT_POSSIBLE

    from workbench.gui.runtime.interpreter import prepare_interpreter

    prepare_interpreter()
    from workbench.gui import app

    try:
        return app.main(experiment)
    except Homeless as error:
        from workbench.cli import console

        console.complain(str(error))
        app.tell_obstacle(f"The window cannot open: {error}.")
        return NOT_POSSIBLE


if __name__ == "__main__":
    sys.exit(main())
