"""The manual in its window: every page can be reached and read."""

import re

import pytest
from PySide6.QtCore import QUrl
from pytestqt.qtbot import QtBot

from tests.gui.conftest import Wait
from workbench import shipped
from workbench.gui.dialogs.manual import ManualWindow
from workbench.gui.runtime.event_pump import EventPump


@pytest.fixture
def manual(qtbot: QtBot, wait: Wait) -> ManualWindow:
    pump = EventPump()
    window = ManualWindow(None, pump)
    pump.setParent(window)
    qtbot.addWidget(window)
    window.show()
    wait(lambda: window.page.toPlainText().startswith("The manual"))
    return window


def test_the_contents_lead_to_every_page(manual: ManualWindow, wait: Wait) -> None:
    text = (shipped.docs() / "README.md").read_text("utf-8")
    pages = {path.name for path in shipped.docs().glob("*.md")} - {"README.md"}
    assert set(re.findall(r"\]\(([\w-]+\.md)", text)) == pages
    for page in sorted(pages):
        manual.page.setSource(QUrl(page))
        heading = (shipped.docs() / page).read_text("utf-8").splitlines()[0].removeprefix("# ").replace("`", "")
        wait(lambda heading=heading: manual.page.toPlainText().startswith(heading))
        manual.back.click()
        assert manual.page.source().fileName() == "README.md"


def test_a_link_leads_to_its_heading_and_pictures_fit(manual: ManualWindow, wait: Wait) -> None:
    manual.page.setSource(QUrl("running.md#compare-runs"))
    wait(lambda: manual.page.textCursor().block().text() == "Compare runs")
    assert manual.page.verticalScrollBar().value() > 0
    assert manual.page.document().idealWidth() <= manual.page.viewport().width()


def test_of_two_pages_asked_for_the_last_is_shown(manual: ManualWindow, wait: Wait) -> None:
    """Each is read in its own thread, and one may overtake the other."""
    manual.page.setSource(QUrl("architectures.md"))
    manual.page.setSource(QUrl("blocks.md"))
    wait(lambda: manual.page.source().fileName() == "blocks.md")
    manual.page.setSource(QUrl("architectures.md"))
    wait(lambda: manual.page.source().fileName() == "architectures.md")
    manual.back.click()
    assert manual.page.source().fileName() == "blocks.md"


def test_a_table_stands_apart_from_the_line_above_it(manual: ManualWindow) -> None:
    layout = manual.page.document().documentLayout()
    above = manual.page.document().findBlockByNumber(1)
    (table,) = manual.page.document().rootFrame().childFrames()
    first = table.firstCursorPosition().block()
    assert layout.blockBoundingRect(first).top() - layout.blockBoundingRect(above).bottom() >= 12
