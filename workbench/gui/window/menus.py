"""All commands of the window in one table, from which menus, tool bar and the list of shortcuts are built."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QMenuBar

from workbench.gui.widgets.icons import icon
from workbench.gui.widgets.shared_keys import ATTENTION, BROWSE_DATA, FEATURES, PAUSE, RUN, STEP, STOP, with_keys
from workbench.spec.record import Record

SEPARATOR = "-"
SUBMENUS = {"presets": "Open preset", "recent": "Open recent"}


class Command(Record):
    """One command. ``keys`` are in Qt's notation; the first one is shown in the menu."""

    name: str
    text: str
    icon: str = ""
    keys: tuple[str, ...] = ()


MENUS: dict[str, tuple[Command | str, ...]] = {
    "&File": (
        Command(name="new", text="New", icon="new", keys=("Ctrl+N",)),
        Command(name="open", text="Open…", icon="open", keys=("Ctrl+O",)),
        "presets",
        "recent",
        SEPARATOR,
        Command(name="import", text="Import network…", icon="import", keys=("Ctrl+I",)),
        Command(name="weights", text="Load weights…", keys=("Ctrl+Shift+I",)),
        SEPARATOR,
        Command(name="save", text="Save", icon="save", keys=("Ctrl+S",)),
        Command(name="save_as", text="Save as…", keys=("Ctrl+Shift+S",)),
        Command(name="name", text="Rename experiment"),
        SEPARATOR,
        Command(name="export", text="Export ONNX…", icon="export", keys=("Ctrl+E",)),
        Command(name="export_code", text="Export PyTorch code…"),
        Command(name="report", text="Report of the run…"),
        Command(name="picture_svg", text="Picture as SVG…", keys=("Ctrl+Shift+E",)),
        Command(name="picture_png", text="Picture as PNG…", keys=("Ctrl+Alt+E",)),
        Command(name="table", text="Layer table…"),
        Command(name="compare", text="Compare with…", keys=("Ctrl+Shift+D",)),
        SEPARATOR,
        Command(name="quit", text="Quit", keys=("Ctrl+Q",)),
    ),
    "&Edit": (
        Command(name="undo", text="Undo", icon="undo", keys=("Ctrl+Z",)),
        Command(name="redo", text="Redo", icon="redo", keys=("Ctrl+Y", "Ctrl+Shift+Z")),
        SEPARATOR,
        "canvas:cut copy paste duplicate delete",
        SEPARATOR,
        "canvas:select_all select_alike select_held",
        SEPARATOR,
        "canvas:rename find next_note previous_note",
    ),
    "&Network": (
        "canvas:add replace connect disconnect",
        SEPARATOR,
        "canvas:comment frame",
        SEPARATOR,
        "canvas:group ungroup fold enter leave repeat make_own",
        SEPARATOR,
        "canvas:keep_block remove_unused",
    ),
    "Arran&ge": (
        "canvas:tidy",
        SEPARATOR,
        "canvas:align_left align_centre align_right align_top align_middle align_bottom",
        SEPARATOR,
        "canvas:distribute_horizontal distribute_vertical",
    ),
    "&Run": (
        Command(name="run", text="Run", icon="run", keys=(RUN, "Ctrl+Enter")),
        Command(name="pause", text="Pause or resume", icon="pause", keys=(PAUSE,)),
        Command(name="step", text="Single step", icon="step", keys=(STEP,)),
        Command(name="stop", text="Stop", icon="stop", keys=(STOP,)),
        SEPARATOR,
        Command(name="separate", text="Train in a separate process"),
        SEPARATOR,
        Command(name="batch", text="Inspect batch…", icon="search", keys=("Ctrl+B",)),
        Command(name="mistakes", text="Mistakes…", icon="matrix", keys=("Ctrl+M",)),
        Command(name="features", text="Feature maps…", icon="filters", keys=(FEATURES,)),
        Command(name="attention", text="Attention…", icon="family-attention", keys=(ATTENTION,)),
        Command(name="latent", text="Latent space…", icon="latent", keys=("Ctrl+Shift+L",)),
        Command(name="own_pictures", text="Try your own pictures…", icon="open", keys=("Ctrl+U",)),
        Command(name="own_rows", text="Try your own rows…", icon="data", keys=("Ctrl+Shift+U",)),
        Command(name="runs", text="Earlier runs…", icon="chart", keys=("Ctrl+R",)),
    ),
    "&Queue": (
        Command(name="queue_add", text="Add to queue", keys=("Ctrl+Shift+Return",)),
        Command(name="queue_seeds", text="Add to queue with 3 seeds"),
        Command(name="queue_sweep", text="Add a sweep to the queue…"),
        Command(name="queue_folds", text="Cross-validate…"),
        SEPARATOR,
        Command(name="queue_run", text="Run queue"),
        Command(name="queue_show", text="Show queue…"),
    ),
    "&View": (
        "canvas:fit zoom_in zoom_out actual_size",
        SEPARATOR,
        Command(name="palette", text="Layers", keys=("Ctrl+1",)),
        Command(name="sidebar", text="Inspector and settings", keys=("Ctrl+2",)),
        Command(name="watch", text="Panels of the run", keys=("Ctrl+3",)),
        Command(name="minimap", text="Minimap", keys=("Ctrl+4",)),
        Command(name="code", text="Code", icon="code", keys=("Ctrl+5",)),
        SEPARATOR,
        Command(name="data", text="Browse data…", icon="data", keys=(BROWSE_DATA,)),
        SEPARATOR,
        Command(name="theme", text="Switch light/dark", icon="moon"),
        Command(name="large", text="Large, for a projector"),
    ),
    "&Help": (
        Command(name="manual", text="Manual", icon="help"),
        Command(name="lecture", text="The lecture's experiments"),
        Command(name="keys", text="Keyboard shortcuts", keys=("F1",)),
        SEPARATOR,
        Command(name="about", text="About Workbench"),
    ),
}

CHECKABLE = ("palette", "sidebar", "watch", "minimap", "code", "separate", "large")


def make_actions(window: QMainWindow, act: dict[str, Callable[[], object]]) -> dict[str, QAction]:
    """Return the actions by name; ``act`` gives the handler of each."""
    actions: dict[str, QAction] = {}
    for command in (entry for menu in MENUS.values() for entry in menu if isinstance(entry, Command)):
        action = QAction(command.text, window)
        if command.icon:
            action.setIcon(icon(command.icon))
        action.setShortcuts([QKeySequence(key) for key in command.keys])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setCheckable(command.name in CHECKABLE)
        action.setToolTip(with_keys(command.text.rstrip("…"), command.keys[0]) if command.keys else command.text)
        action.triggered.connect(lambda _checked=False, do=act[command.name]: do())
        window.addAction(action)
        actions[command.name] = action
    return actions


def fill_menus(window: QMainWindow, actions: dict[str, QAction], canvas: dict[str, QAction]) -> dict[str, QMenu]:
    """Build the menu bar. Return the submenus ``presets`` and ``recent`` by name, which are filled when they open."""
    submenus: dict[str, QMenu] = {}
    for title, entries in MENUS.items():
        menu = _added(window.menuBar(), QMenu(title, window))
        for entry in entries:
            if isinstance(entry, Command):
                menu.addAction(actions[entry.name])
            elif entry == SEPARATOR:
                menu.addSeparator()
            elif entry.startswith("canvas:"):
                menu.addActions([canvas[name] for name in entry.removeprefix("canvas:").split()])
            else:
                submenus[entry] = _added(menu, QMenu(SUBMENUS[entry], menu))
    return submenus


def _added(to: QMenuBar | QMenu, menu: QMenu) -> QMenu:
    """Add a menu made here: PySide6 may take one that Qt has made for deleted while it is in use."""
    to.addMenu(menu)
    return menu


def key_groups(canvas: dict[str, QAction]) -> dict[str, list[tuple[str, str]]]:
    """Return (what, keys) of every command with shortcuts, by menu; those of the canvas come last."""
    groups = {
        title.replace("&", ""): [
            (
                entry.text.rstrip("…"),
                " or ".join(QKeySequence(key).toString() for key in entry.keys if key != "Ctrl+Enter"),
            )
            for entry in menu
            if isinstance(entry, Command) and entry.keys
        ]
        for title, menu in MENUS.items()
    }
    groups["Canvas"] = [
        (action.text().rstrip("…"), " or ".join(key.toString() for key in action.shortcuts()))
        for action in canvas.values()
        if action.shortcuts()
    ]
    return {title: rows for title, rows in groups.items() if rows}
