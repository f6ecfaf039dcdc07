"""Starting the window in separate processes: what is loaded when, and how it exits."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.gui.preferences import Preferences
from workbench.gui.window.main_window import MainWindow

ROOT = Path(__file__).parents[2]

FIRST_PAINT = """
import sys
from PySide6.QtWidgets import QApplication
from workbench.gui import app
app.load_the_rest = lambda window: (print(*sorted({"numpy", "torch", "pyqtgraph", "PIL", "onnx"} & sys.modules.keys())), window.close())
application = QApplication([])
window = app.open_window(application, None)
sys.exit(application.exec())
"""

WHOLE_LIFE = """
import os, signal, sys
from pathlib import Path
from PySide6.QtCore import QTimer
from workbench.data.sources import table_file
from workbench.gui import app

load = app.load_the_rest

def load_and_look(window):
    load(window)
    said = [message.words.text() for message in window.messages.messages]
    def look():
        if not window.checker.settled or window.pump.busy:
            return
        if not any("ZeroDivisionError" in message.words.text() for message in window.messages.messages):
            QTimer.singleShot(0, lambda: 1 / 0)
        else:
            print(*said, *(message.words.text() for message in window.messages.messages), sep="\\n")
            print(table_file.asker.__name__)
            os.kill(os.getpid(), signal.SIGTERM)
    window.pump.ticked.connect(look)

app.load_the_rest = load_and_look
sys.exit(app.main(Path(sys.argv[1])))
"""


def start(code: str, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"WORKBENCH_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def test_nothing_large_is_loaded_before_the_first_paint(tmp_path: Path) -> None:
    ended = start(FIRST_PAINT, tmp_path)
    assert (ended.returncode, ended.stdout.strip()) == (0, ""), ended.stderr


def test_a_torn_file_a_mistake_of_the_program_and_a_signal_end_in_sentences_and_status_0(tmp_path: Path) -> None:
    file = tmp_path / "torn.json"
    file.write_text('{"format": "workbench/exper')
    ended = start(WHOLE_LIFE, tmp_path, str(file))
    assert ended.returncode == 0, ended.stderr
    assert "torn.json" in ended.stdout
    assert "ask_apart" in ended.stdout, "long tables are read in a child process"
    assert "ZeroDivisionError" in ended.stdout and str(tmp_path / "logs" / "window.log") in ended.stdout
    assert "ZeroDivisionError" in (tmp_path / "logs" / "window.log").read_text()
    assert "Traceback" not in ended.stdout + ended.stderr
    assert (tmp_path / "config" / "window.ini").is_file()


OPENS_AND_CLOSES = """
from PySide6.QtCore import QTimer
from workbench.gui import app

open_window = app.open_window

def opened(*arguments):
    window = open_window(*arguments)
    print(window.devicePixelRatioF())
    QTimer.singleShot(0, window.close)
    return window

app.open_window = opened
app.main(None)
"""


def test_a_large_window_is_drawn_so_from_the_next_start_on(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.commands["large"].trigger()
    assert window.preferences.is_on("large", first=False)
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    monkeypatch.delenv("QT_SCALE_FACTOR", raising=False)
    ratios = []
    for large in (False, True):
        Preferences().keep("large", large)
        command = [sys.executable, "-c", OPENS_AND_CLOSES]
        ratios.append(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())
    assert ratios == ["1.0", "1.5"]
