"""The doctor's findings: a missing library of Qt's own plugin, missing displays, the packages to install."""

import os
import platform
import shutil
import socket
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

from workbench.session import doctor

ROOT = Path(__file__).parents[2]

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux takes Qt's needs from the system")


@pytest.fixture
def crippled_qt(tmp_path):
    """A folder with a PySide6 whose xcb plugin needs a library that exists on no system."""
    qt = Path(find_spec("PySide6").submodule_search_locations[0]) / "Qt"
    copy = tmp_path / "PySide6" / "Qt"
    (copy / "plugins" / "platforms").mkdir(parents=True)
    (copy / "lib").symlink_to(qt / "lib")
    (tmp_path / "PySide6" / "__init__.py").touch()
    plugin = (qt / "plugins" / "platforms" / "libqxcb.so").read_bytes()
    assert plugin.count(b"libxcb-icccm.so.4\0") == 1
    crippled = plugin.replace(b"libxcb-icccm.so.4\0", b"libxcb-ghost.so.4\0")
    (copy / "plugins" / "platforms" / "libqxcb.so").write_bytes(crippled)
    return tmp_path


def start(**environment):
    """Start the window in a separate process; return its exit status and the lines on stderr."""
    cleared = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    inherited = {name: value for name, value in os.environ.items() if name not in cleared}
    answer = subprocess.run(
        [sys.executable, "-m", "workbench"], cwd=ROOT, env=inherited | environment, capture_output=True, text=True
    )
    return answer.returncode, answer.stderr.splitlines()


def program_without_qt(*arguments):
    """Run the program where PySide6 cannot be imported; return the exit status, its answer and its complaints."""
    code = "import sys; sys.modules['PySide6'] = None; from workbench.__main__ import main; sys.exit(main())"
    answer = subprocess.run([sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True)
    return answer.returncode, answer.stdout.splitlines(), answer.stderr.splitlines()


def test_without_qt_the_window_and_the_report_say_what_to_install():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (asked,) = [each for each in project["dependencies"] if each.startswith("PySide6")]
    how = f"The window needs PySide6-Essentials, which is not installed. Run: pip install '{asked}'"
    status, _, (line, instead) = program_without_qt()
    assert (status, line) == (2, how)
    assert instead.endswith("train lenet")
    status, lines, _ = program_without_qt("doctor")
    assert status == 0
    assert lines[-2:] == ["The window cannot open.", how]


@linux
@pytest.mark.qt
def test_a_missing_library_is_named(crippled_qt):
    plugin = crippled_qt / "PySide6" / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    assert doctor.missing_libraries([plugin]) == ("libxcb-ghost.so.4",)
    assert "libxcb-ghost.so.4" in doctor.remedy(["libxcb-ghost.so.4"])


@linux
@pytest.mark.qt
def test_the_window_refuses_where_a_library_is_missing(crippled_qt):
    status, (line, instead) = start(PYTHONPATH=str(crippled_qt), DISPLAY=":0")
    assert status == 2
    assert "libxcb-ghost.so.4" in line
    assert instead.endswith("python -m workbench train lenet")


@linux
@pytest.mark.qt
def test_the_window_refuses_where_there_is_no_display():
    if doctor.missing_libraries():
        pytest.skip("a missing library is said first")
    status, (line, instead) = start()
    assert status == 2
    assert "neither DISPLAY nor WAYLAND_DISPLAY is set" in line
    assert instead.endswith("python -m workbench train lenet")


@linux
@pytest.mark.qt
@pytest.mark.parametrize(
    "display", [{"DISPLAY": ":9876"}, {"WAYLAND_DISPLAY": "nobody", "XDG_RUNTIME_DIR": "/nowhere"}]
)
def test_the_window_refuses_where_the_display_does_not_answer(display):
    if doctor.missing_libraries():
        pytest.skip("a missing library is said first")
    status, (line, _) = start(**display)
    assert status == 2
    assert "does not respond" in line


@linux
@pytest.mark.parametrize("wish", ["offscreen", "offscreen:size=800x600", "minimal", "vnc"])
def test_a_platform_without_a_screen_needs_no_display(monkeypatch, wish):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("QT_QPA_PLATFORM", wish)
    assert doctor.display_problem() is None


@linux
@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="needs a virtual display")
def test_a_display_that_answers_is_no_problem(monkeypatch):
    read, write = os.pipe()
    with subprocess.Popen(["Xvfb", "-displayfd", str(write)], pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        with os.fdopen(read) as answer:
            number = answer.readline().strip()
        monkeypatch.setenv("DISPLAY", f":{number}")
        monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
        assert doctor.display_problem() is None
        server.terminate()


@linux
@pytest.mark.parametrize("is_there", [True, False])
def test_a_wayland_that_answers_is_no_problem(monkeypatch, tmp_path, is_there):
    for name, value in (("XDG_RUNTIME_DIR", str(tmp_path)), ("WAYLAND_DISPLAY", "wayland-7"), ("DISPLAY", "")):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("QT_QPA_PLATFORM", "wayland-egl;xcb")
    monkeypatch.chdir(tmp_path)  # a socket's address has at most 107 bytes
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("wayland-7")
        if is_there:
            server.listen()
        told = None if is_there else "The display does not respond (WAYLAND_DISPLAY=wayland-7)."
        assert doctor.display_problem() == told


@linux
@pytest.mark.skipif(shutil.which("apt-get") is None, reason="only Debian's relatives install by apt-get")
@pytest.mark.parametrize(("user", "sudo"), [(0, ""), (1000, "sudo ")])
def test_the_command_installs_what_is_known_and_names_the_rest(monkeypatch, user, sudo):
    monkeypatch.setattr(os, "geteuid", lambda: user)
    known = ("libxcb.so.1", "libEGL.so.1")
    assert doctor.remedy(known) == f"Run: {sudo}apt-get install -y libegl1 libxcb1"
    rest = ", and install the packages that provide libghost.so.4"
    assert doctor.remedy((*known, "libghost.so.4")) == f"Run: {sudo}apt-get install -y libegl1 libxcb1{rest}"
    assert doctor.remedy(["libghost.so.4"]) == "Install the packages that provide libghost.so.4."
    assert doctor.remedy([]) is None


@linux
@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="asks Debian whose library it is")
def test_debian_names_the_same_packages():
    patterns = [f"*/{soname}" for soname in (*doctor.LIBRARIES.split(), *doctor.GLIB)]
    answer = subprocess.run(["dpkg-query", "-S", *patterns], capture_output=True, text=True).stdout
    owners = {}
    for line in answer.splitlines():
        package, path = line.split(": ")
        owners.setdefault(Path(path).name, set()).add(package.split(":")[0])
    assert all(set(doctor.packages([soname])) <= owners[soname] for soname in owners)


@linux
@pytest.mark.qt
def test_every_system_library_of_qt_has_a_package():
    """Every system library that Qt needs has a known package, so that the suggested command is complete."""
    binaries = doctor._window_binaries()
    needed = subprocess.run(["ldd", *map(str, binaries)], capture_output=True, text=True, check=True).stdout
    theirs = {line.split()[0] for line in needed.splitlines() if "=> /" in line and "/PySide6/" not in line}
    graphical = {soname for soname in theirs if soname.startswith(("libX11", "libxcb", "libxkb", "libGL.", "libEGL"))}
    assert graphical
    assert graphical <= set(doctor.LIBRARIES.split())


def test_a_newer_release_has_a_newer_glib(monkeypatch):
    names = {}
    for codename in ("bookworm", "jammy", "trixie", "noble"):
        monkeypatch.setattr(
            platform, "freedesktop_os_release", lambda codename=codename: {"VERSION_CODENAME": codename}
        )
        names[codename] = doctor.packages(doctor.GLIB)
    old, new = ("libglib2.0-0",), ("libglib2.0-0t64",)
    assert names == {"bookworm": old, "jammy": old, "trixie": new, "noble": new}


def test_the_report_names_versions_device_and_folders(home):
    import torch

    found = doctor.report()
    assert found.versions["torch"] == torch.__version__.split("+")[0]
    assert found.versions["Python"] == platform.python_version()
    assert found.device
    assert 1 <= found.threads <= found.cores
    assert found.folders["cache"].startswith(str(home))
    has_qt = find_spec("PySide6") is not None
    assert (found.remedy is None) == (has_qt and not found.missing_libraries)
