"""A killed window leaves no child process running."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.session.processes import is_alive
from tests.session.waiting import wait_for

ROOT = Path(__file__).parents[2]

ENDLESS = """
import pathlib, signal, threading
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(__file__).with_name("running").touch()
threading.Event().wait(600)
"""

WINDOW = """
import sys, threading
from pathlib import Path
from workbench.session.exchange.importing import ImportJob

job = ImportJob(sys.argv[1], Path(sys.argv[1]).with_suffix(".json"))
print(job._process.pid, flush=True)
threading.Event().wait(600)
"""


def test_a_child_ends_with_the_process_that_started_it_however_deaf_it_is(tmp_path: Path) -> None:
    file = tmp_path / "endless.py"
    file.write_text(ENDLESS)
    with subprocess.Popen(
        [sys.executable, "-c", WINDOW, str(file)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as window:
        assert window.stdout is not None
        child = int(window.stdout.readline())
        try:
            wait_for((tmp_path / "running").exists)
            assert is_alive(child)
            window.kill()
            window.wait()
            wait_for(lambda: not is_alive(child))
        finally:
            window.kill()
            if is_alive(child):
                os.kill(child, signal.SIGKILL)
