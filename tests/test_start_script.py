"""The start script: its messages on a machine without Python, and when it updates the environment.

uv is replaced by a stand-in that records its arguments: downloading 3 GB for each test would prove no more.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NEEDS = ("sh", "cat", "cksum", "dirname", "env", "id")

UV = f"""#!/bin/sh
echo "$1" >>"$NOTES"
if [ "$1" = venv ]; then
    for last; do :; done
    exec "{sys.executable}" -m venv --without-pip --clear "$last"
fi
"""

OLD_PYTHON = """#!/bin/sh
if [ "$1" = --version ]; then echo "Python 3.9.2"; else exit 1; fi
"""

PYTHON_WITHOUT_VENV = f"""#!/bin/sh
case "$2" in *ensurepip*) exit 1 ;; *) exec "{sys.executable}" "$@" ;; esac
"""


class Machine:
    """A bare machine: shell tools, the project's start script, and what a test adds."""

    def __init__(self, folder):
        self.bin = folder / "bin"
        self.root = folder / "project"
        self.notes = folder / "notes"
        self.bin.mkdir()
        self.root.mkdir()
        for tool in NEEDS:
            (self.bin / tool).symlink_to(shutil.which(tool))
        shutil.copy(ROOT / "run", self.root / "run")
        (self.root / "pyproject.toml").write_text("# first")
        (self.root / "main.py").write_text("import sys; print('the program', *sys.argv[1:])")

    def install(self, name, script):
        (self.bin / name).write_text(script)
        (self.bin / name).chmod(0o755)

    def run(self, *arguments, **more):
        environment = {"PATH": str(self.bin), "NOTES": str(self.notes)} | more
        answer = subprocess.run([self.root / "run", *arguments], env=environment, capture_output=True, text=True)
        return answer.returncode, answer.stdout.strip(), answer.stderr.strip()

    def asked_of_uv(self):
        """The arguments uv was called with since the last time."""
        asked = self.notes.read_text().split() if self.notes.exists() else []
        self.notes.unlink(missing_ok=True)
        return asked


@pytest.fixture
def bare(tmp_path):
    return Machine(tmp_path)


@pytest.fixture
def machine(bare):
    bare.install("uv", UV)
    (bare.bin / "python3").symlink_to(sys.executable)
    return bare


def sudo():
    return "" if os.geteuid() == 0 else "sudo "


def test_without_python(bare):
    status, _, said = bare.run()
    assert status == 2
    assert "there is no python3" in said
    assert said.endswith(f"run: {sudo()}apt-get install -y python3 python3-venv")
    assert len(said.splitlines()) == 1


def test_with_an_old_python(bare):
    bare.install("python3", OLD_PYTHON)
    status, _, said = bare.run()
    assert status == 2
    assert "Python 3.9.2 is too old" in said
    assert len(said.splitlines()) == 1


def test_without_venv(bare):
    bare.install("python3", PYTHON_WITHOUT_VENV)
    status, _, said = bare.run()
    assert (status, said) == (2, f"Python's venv module is missing. Run: {sudo()}apt-get install -y python3-venv")


def test_the_environment_is_made_once(machine):
    status, said, _ = machine.run()
    assert (status, said) == (0, "the program")
    assert machine.asked_of_uv() == ["venv", "sync"]
    machine.run()
    assert machine.asked_of_uv() == []


def test_a_change_of_the_project_brings_it_up_to_date(machine):
    machine.run()
    machine.asked_of_uv()
    (machine.root / "pyproject.toml").write_text("# second")
    machine.run()
    assert machine.asked_of_uv() == ["sync"]


def test_a_moved_project_makes_it_anew(machine):
    machine.run()
    machine.asked_of_uv()
    machine.root = machine.root.rename(machine.root.with_name("elsewhere"))
    status, said, _ = machine.run()
    assert (status, said) == (0, "the program")
    assert machine.asked_of_uv() == ["venv", "sync"]


def test_an_environment_whose_python_is_gone_is_made_anew(machine):
    machine.run()
    machine.asked_of_uv()
    (machine.root / ".venv" / "bin" / "python").unlink()
    status, said, _ = machine.run()
    assert (status, said) == (0, "the program")
    assert machine.asked_of_uv() == ["venv", "sync"]


def test_a_path_with_an_umlaut_under_the_c_locale(machine):
    machine.root = machine.root.rename(machine.root.with_name("Ada's Übung 1"))
    machine.run()
    (packages,) = (machine.root / ".venv" / "lib").glob("python*/site-packages")
    (packages / "workbench.pth").write_text(str(machine.root), "utf-8")  # as uv writes for an editable installation
    status, said, complaint = machine.run(LC_ALL="C")
    assert (status, said, complaint) == (0, "the program", "")


def test_a_failed_sync_is_tried_again(machine):
    machine.install("uv", UV + '[ "$1" != sync ]\n')
    status, said, _ = machine.run()
    assert (status, said) == (1, "")
    machine.install("uv", UV)
    assert machine.run()[1] == "the program"


def test_commands_of_the_program_and_of_the_environment(machine):
    assert machine.run("main.py", "train", "a b")[1] == "the program train a b"
    assert machine.run("python", "-c", "import sys; print(sys.prefix)")[1] == str(machine.root / ".venv")
