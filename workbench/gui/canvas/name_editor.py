"""The field on a card in which a node is renamed."""

from collections.abc import Callable

from PySide6.QtWidgets import QLineEdit, QWidget

from workbench.gui.editors import mark_invalid
from workbench.spec.problems import SpecError


class NameEditor(QLineEdit):
    """Takes a name with Enter. A refused one stays, to be mended; leaving the field lets it go."""

    def __init__(
        self,
        parent: QWidget,
        name: str,
        rename: Callable[[str], None],
        say: Callable[[str], None],
        leave: Callable[[], None],
    ) -> None:
        super().__init__(name, parent)
        self._rename = rename
        self._say = say
        self._leave = leave
        self.setObjectName("renameEditor")
        self.setAccessibleName(f"New name of {name}")
        self.selectAll()
        self.textEdited.connect(lambda: mark_invalid(self, ""))
        self.returnPressed.connect(self._enter)
        self.editingFinished.connect(self._finish)

    def _enter(self) -> None:
        text = self.text().strip()
        try:
            self._rename(text)
        except SpecError as error:
            mark_invalid(self, str(error))
            offer = ""
            if " " in text:
                self.setText(text.replace(" ", "_"))
                offer = f". Enter takes {self.text()}"
            self._say(f"{error}{offer}")
        else:
            self._leave()

    def _finish(self) -> None:
        if not (self.property("invalid") and self.hasFocus()):
            self.deleteLater()
