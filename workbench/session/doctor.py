"""Checks what this machine has and lacks, without loading Qt or torch.

Qt aborts the process (SIGABRT) if the display or a library of its xcb plugin is missing, and blames libxcb-cursor0
whichever it was. This cannot be caught, so ``window_preflight`` checks before Qt does. It runs before every window, so
what only a report needs is imported there.
"""

import ctypes
import os
import sys
from collections.abc import Iterable
from importlib import util
from pathlib import Path

from workbench.spec.record import Record

LIBRARIES = """libEGL.so.1 libGL.so.1 libX11-xcb.so.1 libX11.so.6 libdbus-1.so.3 libfontconfig.so.1 libfreetype.so.6
libwayland-client.so.0 libwayland-cursor.so.0 libxcb-cursor.so.0 libxcb-icccm.so.4 libxcb-image.so.0
libxcb-keysyms.so.1 libxcb-randr.so.0 libxcb-render-util.so.0 libxcb-render.so.0 libxcb-shape.so.0 libxcb-shm.so.0
libxcb-sync.so.1 libxcb-util.so.1 libxcb-xfixes.so.0 libxcb-xkb.so.1 libxcb.so.1 libxkbcommon-x11.so.0
libxkbcommon.so.0"""
"""The system libraries that Qt needs, except GLib's."""

GLIB = ("libglib-2.0.so.0", "libgthread-2.0.so.0")
BEFORE_64_BIT_TIME = ("focal", "jammy", "bullseye", "bookworm")
"""The releases before Debian 13 and Ubuntu 24.04, in which GLib's package was renamed."""

QT = "PySide6-Essentials>=6.8,<6.12"
"""The package that draws the window, as pyproject.toml asks for it."""

WITHOUT_QT = f"The window needs PySide6-Essentials, which is not installed. Run: pip install '{QT}'"

DISTRIBUTIONS = (
    "workbench",
    "torch",
    "torchvision",
    "numpy",
    "PySide6-Essentials",
    "pyqtgraph",
    "onnx",
    "onnxruntime",
    "onnxscript",
    "msgspec",
    "pillow",
    "safetensors",
    "Jinja2",
)


MISSING = "not installed"


class Report(Record):
    """Everything that a bug report should begin with. ``display`` says what prevents a window from opening."""

    system: str
    versions: dict[str, str]
    device: str
    cores: int
    threads: int
    missing_libraries: tuple[str, ...]
    remedy: str | None
    display: str | None
    folders: dict[str, str]
    licences: dict[str, str] = {}
    """Of the distributions among the ``versions``, as they declare it."""

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """The system, the versions and the device, as (name, value)."""
        threads = f"{self.threads} of {self.cores} cores"
        return (("system", self.system), *self.versions.items(), ("device", self.device), ("threads", threads))


def report() -> Report:
    """Collect the report; imports torch to find its device, which takes seconds the first time."""
    import platform

    from workbench import places
    from workbench.training import device

    device.free_a_core()
    missing = missing_libraries()
    environment = device.environment(device.choose_device("auto"))
    return Report(
        system=platform.platform(),
        versions={"Python": platform.python_version(), **{name: _version(name) for name in DISTRIBUTIONS}},
        device=environment["device"],
        cores=device.num_cores(),
        threads=environment["threads"],
        missing_libraries=missing,
        remedy=remedy(missing) if _has_qt() else WITHOUT_QT,
        display=display_problem(),
        folders={
            "runs": str(places.runs_dir()),
            "data": str(places.data_dir()),
            "cache": str(places.cache_dir()),
            "logs": str(places.logs_dir()),
        },
        licences={name: _licence(name) for name in DISTRIBUTIONS if _version(name) != MISSING},
    )


def window_preflight() -> str | None:
    """Return why no window can open here and what to do about it, in one line; None if one can."""
    if not _has_qt():
        return WITHOUT_QT
    if missing := () if _all_load(_window_binaries()) else missing_libraries():
        return f"The window needs libraries that are missing on this system. {remedy(missing)}"
    return display_problem()


def _has_qt() -> bool:
    return util.find_spec("PySide6") is not None


def missing_libraries(binaries: Iterable[Path] | None = None) -> tuple[str, ...]:
    """Return the sonames that the loader cannot find for these binaries and their dependencies, sorted.

    ``binaries`` defaults to what the window loads: Qt's modules and the plugin of the platform it will use. Only on
    Linux does Qt need system libraries; elsewhere nothing is ever missing.
    """
    if sys.platform != "linux":
        return ()
    paths = [str(path) for path in (_window_binaries() if binaries is None else binaries)]
    if not paths:
        return ()
    import subprocess

    answer = subprocess.run(["ldd", *paths], capture_output=True, text=True, check=False).stdout
    return tuple(sorted({line.split()[0] for line in answer.splitlines() if line.endswith("=> not found")}))


def _all_load(binaries: Iterable[Path]) -> bool:
    """Return whether the binaries can be loaded, as Qt will do a moment later anyway: the check is free."""
    try:
        for binary in binaries:
            ctypes.CDLL(str(binary))
    except OSError:
        return False
    return True


def packages(sonames: Iterable[str]) -> tuple[str, ...]:
    """Return the Debian packages that provide these libraries, sorted; unknown libraries are skipped."""
    table = {soname: _package(soname) for soname in LIBRARIES.split()} | dict.fromkeys(GLIB, _glib_package())
    return tuple(sorted({table[soname] for soname in sonames if soname in table}))


def _package(soname: str) -> str:
    """Return the name that Debian's policy gives a library's package (section 8.1): ``libdbus-1-3``."""
    name, _, version = soname.lower().partition(".so.")
    return f"{name}{'-' * name[-1].isdigit()}{version}"


def remedy(missing: Iterable[str]) -> str | None:
    """Return one sentence on how to install these libraries; None if there are none."""
    import shutil

    missing = tuple(missing)
    if sys.platform != "linux" or not missing:
        return None
    known = packages(missing)
    if not known or shutil.which("apt-get") is None:
        return f"Install the packages that provide {', '.join(missing)}."
    sudo = "" if os.geteuid() == 0 else "sudo "
    strange = [name for name in missing if not packages([name])]
    also = f", and install the packages that provide {', '.join(strange)}" if strange else ""
    return f"Run: {sudo}apt-get install -y {' '.join(known)}{also}"


def display_problem() -> str | None:
    """Return why no display can be reached, in a sentence; None if one can, or if Qt was told to use none."""
    if sys.platform != "linux":
        return None
    platforms = _qt_platforms()
    if not {"xcb", "wayland"} & set(platforms):
        return None
    x11, wayland = os.environ.get("DISPLAY"), os.environ.get("WAYLAND_DISPLAY")
    if not x11 and not wayland:
        return "There is no display: neither DISPLAY nor WAYLAND_DISPLAY is set."
    if (x11 and "xcb" in platforms and _x11_answers()) or (wayland and "wayland" in platforms and _wayland_answers()):
        return None
    tried = ", ".join(f"{name}={value}" for name, value in (("DISPLAY", x11), ("WAYLAND_DISPLAY", wayland)) if value)
    return f"The display does not respond ({tried})."


def _qt_platforms() -> tuple[str, ...]:
    """Return the platforms that Qt may use here, from QT_QPA_PLATFORM (``xcb;wayland``, ``offscreen:size``)."""
    wish = os.environ.get("QT_QPA_PLATFORM") or "xcb;wayland"
    return tuple(name.split(":")[0].removesuffix("-egl") for name in wish.split(";"))


def _window_binaries() -> tuple[Path, ...]:
    spec = util.find_spec("PySide6")
    if spec is None or not spec.submodule_search_locations:
        return ()
    folder = Path(spec.submodule_search_locations[0])
    modules = [folder / f"{name}.abi3.so" for name in ("QtGui", "QtWidgets", "QtSvg")]
    # By default Qt uses Wayland if it is available; every desktop has xcb.
    plugin = folder / "Qt" / "plugins" / "platforms" / f"libq{_qt_platforms()[0]}.so"
    return tuple(path for path in (*modules, plugin) if path.exists())


def _glib_package() -> str:
    import platform

    try:
        release = platform.freedesktop_os_release()
    except OSError:
        release = {}
    codename = release.get("UBUNTU_CODENAME") or release.get("VERSION_CODENAME")
    return "libglib2.0-0" if codename in BEFORE_64_BIT_TIME else "libglib2.0-0t64"


def _x11_answers() -> bool:
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True  # cannot be checked; the missing library is reported elsewhere
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    refused = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not refused


def _wayland_answers() -> bool:
    if sys.platform != "linux":
        return False
    import socket

    path = Path(os.environ.get("XDG_RUNTIME_DIR", "/nowhere")) / os.environ["WAYLAND_DISPLAY"]
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(path))
        except OSError:
            return False
    return True


def _version(distribution: str) -> str:
    from importlib import metadata

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return MISSING


def _licence(distribution: str) -> str:
    """Return the licence of an installed distribution: the expression, its name, or the classifier; some have the whole
    text where the name belongs.
    """
    from importlib import metadata

    declared = metadata.metadata(distribution)
    names = (declared[key].strip() for key in ("License-Expression", "License") if key in declared)
    name: str = next(filter(None, names), "")
    classifiers: list[str] = [each for each in declared.get_all("Classifier") or [] if each.startswith("License ::")]
    if classifiers and (not name or "\n" in name):
        return classifiers[0].rpartition(":: ")[2]
    return name.partition("\n")[0]
