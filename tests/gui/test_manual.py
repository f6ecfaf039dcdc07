"""The manual in its window: every page can be reached and read there."""

import re

import pytest
from PySide6.QtCore import QUrl
from pytestqt.qtbot import QtBot

from workbench import shipped
from workbench.gui.manual import ManualWindow


@pytest.fixture
def manual(qtbot: QtBot) -> ManualWindow:
    window = ManualWindow(None)
    qtbot.addWidget(window)
    window.show()
    return window


def test_the_contents_lead_to_every_page(manual: ManualWindow) -> None:
    text = (shipped.docs() / "README.md").read_text("utf-8")
    pages = {path.name for path in shipped.docs().glob("*.md")} - {"README.md"}
    assert set(re.findall(r"\]\(([\w-]+\.md)", text)) == pages
    for page in sorted(pages):
        manual.page.setSource(QUrl(page))
        heading = (shipped.docs() / page).read_text("utf-8").splitlines()[0].removeprefix("# ")
        assert manual.page.toPlainText().startswith(heading.replace("`", ""))
        manual.back.click()
        assert manual.page.source().fileName() == "README.md"


def test_a_link_leads_to_its_heading_and_pictures_fit(manual: ManualWindow) -> None:
    manual.page.setSource(QUrl("running.md#compare-runs"))
    assert manual.page.textCursor().block().text() == "Compare runs"
    assert manual.page.verticalScrollBar().value() > 0
    assert manual.page.document().idealWidth() <= manual.page.viewport().width()
