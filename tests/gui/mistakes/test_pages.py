"""Every kind of head has an evaluation, a page and a text."""

from workbench.cli import mistakes
from workbench.gui.mistakes.pages import PAGES
from workbench.session.views.mistakes.asked import KINDS
from workbench.spec.column import IN_DATA


def test_every_kind_of_head_is_evaluated_shown_and_printed() -> None:
    assert set(KINDS) == set(PAGES) == set(mistakes.KINDS) == set(IN_DATA)
