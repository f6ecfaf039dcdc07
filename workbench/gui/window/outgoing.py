"""Output made from the current network: its picture, and its code beside the canvas."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from workbench.gui.dialogs.file_dialogs import ask_to_save
from workbench.gui.runtime.slices import Slices

if TYPE_CHECKING:
    from workbench.gui.canvas.picture import SvgDrawing
    from workbench.gui.code.view import CodePanel
    from workbench.gui.window.main_window import MainWindow


class Outgoing(QObject):
    """The commands for this output."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.code: CodePanel | None = None
        """Created when first needed."""
        self.num_drawing = 0
        """Pictures that are being drawn and not yet written."""

    def save_svg(self) -> None:
        """Ask for a file and draw the canvas as SVG."""
        self._save_picture(".svg", lambda drawing: drawing.svg)

    def save_png(self) -> None:
        """Ask for a file and draw the canvas as PNG."""
        from workbench.gui.canvas.picture import to_png

        self._save_picture(".png", lambda drawing: to_png(drawing.svg, drawing.title, drawing.dpi))

    def _save_picture(self, suffix: str, made: Callable[[SvgDrawing], bytes]) -> None:
        from workbench.gui.canvas.picture import SvgDrawing, picture_of

        window = self._window
        title = window.document.experiment.architecture.name
        picture = picture_of(window.canvas.canvas_scene, title)
        if not picture.cards:
            window.messages.say("info", "There is nothing to draw yet: the canvas is empty.")
            return
        start, kinds = window.document.folder / (title + suffix), {suffix: suffix[1:].upper()}
        path = ask_to_save(window, "Save the picture", start, kinds)
        if path is not None:
            drawing = SvgDrawing(picture)

            def drawn() -> None:
                self.num_drawing -= 1
                window.project.write(path, lambda: made(drawing))

            self.num_drawing += 1
            Slices(window, drawing.steps(), drawn)

    def show_code(self, wanted: bool) -> None:
        """Show or hide the code beside the canvas."""
        if wanted and self.code is None:
            self.code = self._code_panel()
        if self.code is not None:
            self.code.setVisible(wanted)
        self._window.preferences.keep("code", wanted)

    def write_code_again(self) -> None:
        """Write the code again, since the files of the data may have changed."""
        if self.code is not None:
            self.code.write_again()

    def _code_panel(self) -> CodePanel:
        from workbench.gui.code.view import WIDTH, CodePanel

        window = self._window
        panel = CodePanel(window.document, window.pump)
        panel.place_pressed.connect(window.canvas.sight.show_place)
        panel.saving.connect(window.project.write_text)
        window.canvas.selection_changed.connect(panel.show_selection)
        panel.show_selection(window.canvas.presenter.selected())
        window.drawing.addWidget(panel)
        window.drawing.setStretchFactor(0, 1)
        width = min(WIDTH, window.drawing.width() // 2)
        window.drawing.setSizes([window.drawing.width() - width, width])
        return panel

    def close(self, timeout_s: float) -> bool:
        """End the background work. Return whether it ended within the timeout."""
        return self.code is None or self.code.close_writer(timeout_s)
