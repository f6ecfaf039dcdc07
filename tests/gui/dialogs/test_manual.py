"""The manual in its window: every page can be reached and read."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QFont, QTextCharFormat, QTextCursor, QTextDocument, QTextTable
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.conftest import Wait
from workbench import shipped
from workbench.gui.dialogs.manual import LECTURE, ManualWindow
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets import theme
from workbench.gui.window.main_window import MainWindow


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
    manual.resize(500, 500)
    manual.show_page(LECTURE)
    wait(lambda: manual.page.toPlainText().startswith("The lecture"))
    wait(lambda: not manual.page.horizontalScrollBar().maximum())  # on a small screen, too


def test_lines_of_code_are_no_wider_than_a_small_window(manual: ManualWindow, wait: Wait) -> None:
    manual.resize(600, 500)
    manual.show_page("command-line.md")
    wait(lambda: "./run main.py" in manual.page.toPlainText())
    wait(lambda: not manual.page.horizontalScrollBar().maximum())
    tables = [each for each in manual.page.document().rootFrame().childFrames() if isinstance(each, QTextTable)]
    headings = [table.cellAt(0, column) for table in tables for column in range(table.columns())]
    assert all(each.firstCursorPosition().block() == each.lastCursorPosition().block() for each in headings)
    assert all(each.lastCursorPosition().charFormat().fontWeight() == QFont.Weight.Bold for each in headings)


def test_links_have_the_colour_of_the_theme(manual: ManualWindow) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    for mode in ("dark", "light"):
        theme.apply(app, mode)
        link = next(each for each in formats(manual.page.document()) if each.isAnchor())
        assert link.foreground().color().name().upper() == theme.current().accent


def formats(document: QTextDocument) -> Iterator[QTextCharFormat]:
    """The format of each piece of a text."""
    for number in range(document.characterCount()):
        cursor = QTextCursor(document)
        cursor.setPosition(number)
        yield cursor.charFormat()


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


def test_words_are_found_on_all_pages_one_place_after_the_other(manual: ManualWindow, qtbot: QtBot, wait: Wait) -> None:
    wait(manual.field.isEnabled)
    qtbot.keyClick(manual, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    wait(manual.field.hasFocus)
    qtbot.keyClicks(manual.field, "training pictures either")
    qtbot.keyClick(manual.field, Qt.Key.Key_Return)
    wait(lambda: manual.page.textCursor().selectedText() == "training pictures either")
    assert manual.page.source().fileName() == LECTURE and not manual.missing.text()
    qtbot.keyClick(manual.field, Qt.Key.Key_Return)
    assert manual.page.textCursor().selectedText() == "training pictures either", "the only place is found again"
    manual.field.clear()
    qtbot.keyClicks(manual.field, "no such words")
    qtbot.keyClick(manual.field, Qt.Key.Key_Return)
    assert manual.missing.text() == "Not found" and manual.page.source().fileName() == LECTURE
    qtbot.keyClick(manual.field, Qt.Key.Key_Backspace)
    assert not manual.missing.text()


def test_words_are_found_across_line_breaks_and_markup_of_the_source(
    manual: ManualWindow, qtbot: QtBot, wait: Wait
) -> None:
    """None of them stands in a page's Markdown as it is typed."""
    wait(manual.field.isEnabled)
    pages = [path.read_text("utf-8") for path in shipped.docs().rglob("*.md")]
    for words, page in (
        ("the diamond the best", "running.md"),
        ("the Training pictures", "running.md"),
    ):
        assert not any(words in text for text in pages)
        qtbot.keyClick(manual, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
        qtbot.keyClicks(manual.field, words)
        assert manual.field.text() == words, "which take the place of those before"
        qtbot.keyClick(manual.field, Qt.Key.Key_Return)
        wait(lambda words=words: manual.page.textCursor().selectedText() == words)
        assert manual.page.source().fileName() == page


def test_words_are_found_from_a_page_in_a_subfolder_and_on_it(manual: ManualWindow, qtbot: QtBot, wait: Wait) -> None:
    wait(manual.field.isEnabled)
    decision = "decisions/0001-a-log-and-a-timer.md"
    assert decision in (shipped.docs() / "measurements.md").read_text("utf-8")
    manual.show_page(decision)
    wait(lambda: manual.page.source().fileName() == Path(decision).name)
    heading = manual.page.toPlainText().partition("\n")[0]
    for words, page in (("training pictures either", LECTURE), (heading, Path(decision).name)):
        manual.field.setText(words)
        qtbot.keyClick(manual.field, Qt.Key.Key_Return)
        wait(lambda words=words: manual.page.textCursor().selectedText() == words)
        assert manual.page.source().fileName() == page


def test_the_lecture_has_an_entry_in_the_menu(window: MainWindow, wait: Wait) -> None:
    for _ in range(2):
        window.commands["lecture"].trigger()
        (manual,) = window.findChildren(ManualWindow)
        wait(lambda manual=manual: manual.page.toPlainText().startswith("The lecture's experiments"))
        manual.contents.click()
    manual.close()
