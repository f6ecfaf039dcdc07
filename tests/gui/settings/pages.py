"""The data page by itself."""

from pytestqt.qtbot import QtBot

from workbench.gui.experiment.document import Document
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.settings.data_page import DataPage


def data_page(qtbot: QtBot, document: Document) -> DataPage:
    pump = EventPump()
    page = DataPage(document, pump)
    pump.setParent(page)
    qtbot.addWidget(page)
    page.show()
    settled(qtbot, page)
    return page


def settled(qtbot: QtBot, page: DataPage) -> None:
    """Wait until everything that the page asked for in the background is shown."""
    qtbot.waitUntil(lambda: not page.window().findChild(EventPump).busy)
