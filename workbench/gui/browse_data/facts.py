"""Facts about the data, in a column beside its pictures."""

from collections.abc import Collection, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QListWidget, QListWidgetItem, QPushButton, QSizePolicy, QWidget

from workbench.gui.browse_data.balance import BalanceBars
from workbench.gui.browse_data.fact_words import (
    bars,
    feature_rows,
    size_words,
    split_rows,
    twin_heading,
    twin_rows,
    unused_heading,
    unused_rows,
)
from workbench.gui.browse_data.presenter import DataPresenter
from workbench.gui.dialogs.text_window import TextWindow
from workbench.gui.settings.section import Page
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import clear, styled
from workbench.session.editing.data_facts import SPLIT_TITLES, DataFacts
from workbench.session.editing.survey import is_surveyed
from workbench.spec.words import first_few, plural

MOST_IN_SIGHT = 6
"""Rows of the list of duplicates that are visible without scrolling."""

MOST_IN_TIP = 20
"""Pictures that are the same, of which all names are in a tooltip."""

FEW = 3
"""Broken files and notes shown in the column; a button shows all of them."""


class FactColumn(Page):
    """Splits, classes, sizes, duplicates, broken files, excluded pictures and corrected labels."""

    twins_chosen = Signal(object)

    def __init__(self, presenter: DataPresenter) -> None:
        super().__init__("What is known of the data")
        self._column.setContentsMargins(0, theme.SPACE_M, theme.SPACE_M, theme.SPACE_L)
        self._presenter = presenter
        self.splits = _grid()
        self.input = _grid()
        self.features = _holding(self.input)
        self.balance = BalanceBars()
        self.legend = QLabel()
        self.sizes = _words()
        self.twin_words = _words()
        self.twins = QListWidget()
        self.twins.setAccessibleName("Duplicates")
        self.twins.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.twins.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.twins.itemClicked.connect(self._choose_twins)
        self.twins.itemActivated.connect(self._choose_twins)
        self.broken = _words()
        self.all_broken = QPushButton("Show all…")
        self.all_broken.clicked.connect(self._show_broken)
        self.left_out = _words()
        self.take_back = QPushButton("Restore all")
        theme.changed.connect(self._colour)
        self.corrected = _words()
        self.restore_labels = QPushButton("Restore all")
        self._sections = {
            "Splits": self.add_section("Splits", _holding(self.splits)),
            "Input": self.add_section("Input, standardised", self.features),
            "Duplicates": self.add_section("Duplicates", self.twin_words, self.twins),
            "Excluded": self.add_section("Excluded", self.left_out, self.take_back),
            "Corrected": self.add_section("Corrected labels", self.corrected, self.restore_labels),
            "Broken": self.add_section("Broken and ignored", self.broken, self.all_broken),
            "Sizes": self.add_section("Sizes", self.sizes),
            "Classes": self.add_section("Classes", self.legend, self.balance),
        }

    def show_facts(self) -> None:
        """Show the presenter's current facts."""
        presenter, facts = self._presenter, self._presenter.facts
        assert facts is not None and presenter.inventory is not None
        _fill(self.splits, split_rows(facts), right=(1,))
        _fill(self.input, feature_rows(facts), right=(1, 2))
        self.balance.show_bars(bars(facts))
        self.sizes.setText(size_words(facts))
        self.twin_words.setText(twin_heading(facts, is_surveyed=presenter.survey is not None))
        self._show_twins(facts)
        self._colour()
        self.left_out.setText(plural(len(facts.left_out), presenter.thing))
        self.corrected.setText(plural(len(facts.relabelled), "label"))
        unused = unused_rows(facts, presenter.folder)
        self.broken.setText("\n".join(unused[:FEW]))
        self.all_broken.setText(f"Show all {len(unused):,}…")
        pictures = presenter.inventory.has_pictures
        for title, there, widgets in (
            ("Input", bool(facts.features), [self.features]),
            ("Duplicates", is_surveyed(presenter.inventory), [self.twin_words]),
            ("Excluded", bool(facts.left_out), [self.left_out, self.take_back]),
            ("Corrected", bool(facts.relabelled), [self.corrected, self.restore_labels]),
            ("Broken", bool(unused), [self.broken]),
            ("Sizes", pictures, [self.sizes]),
            ("Classes", bool(facts.class_names), [self.legend, self.balance]),
        ):
            for widget in (self._sections[title], *widgets):
                widget.setVisible(there)
        self.all_broken.setVisible(len(unused) > FEW)
        self.twins.setVisible(bool(facts.twins))

    def _show_twins(self, facts: DataFacts) -> None:
        self.twins.clear()
        for twins, words in twin_rows(facts):
            item = QListWidgetItem(words)
            item.setFont(theme.font(theme.TEXT_SMALL))
            item.setData(Qt.ItemDataRole.UserRole, twins)
            item.setToolTip("\n".join(first_few(twins.names, MOST_IN_TIP)))
            self.twins.addItem(item)
        rows = min(self.twins.count(), MOST_IN_SIGHT)
        self.twins.setFixedHeight(rows * self.twins.sizeHintForRow(0) + 2 * self.twins.frameWidth() + theme.SPACE_XS)

    def _colour(self) -> None:
        """Use the current theme's colours where text has its own."""
        tokens, facts = theme.current(), self._presenter.facts
        self.legend.setText(_legend([] if facts is None else [each.split for each in facts.splits]))
        for item in map(self.twins.item, range(self.twins.count())):
            is_leak = item.data(Qt.ItemDataRole.UserRole).leak
            item.setForeground(theme.colour(tokens.danger if is_leak else tokens.text))

    def _choose_twins(self, item: QListWidgetItem) -> None:
        self.twins_chosen.emit(item.data(Qt.ItemDataRole.UserRole))

    def _show_broken(self) -> None:
        facts = self._presenter.facts
        assert facts is not None
        heading, lines = unused_heading(facts), unused_rows(facts, self._presenter.folder)
        TextWindow(self, "Broken and ignored", heading, lines, heading).show()


def _grid() -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(theme.SPACE_M)
    grid.setVerticalSpacing(theme.SPACE_XS)
    grid.setColumnStretch(4, 1)
    return grid


def _fill(grid: QGridLayout, rows: Sequence[tuple[str, ...]], *, right: Collection[int]) -> None:
    """Replace the rows of a grid, whose columns ``right`` have numbers."""
    clear(grid)
    for place, row in enumerate(rows):
        for column, words in enumerate(row):
            label = styled(QLabel(words), "small")
            side = Qt.AlignmentFlag.AlignRight if column in right else Qt.AlignmentFlag.AlignLeft
            label.setAlignment(side | Qt.AlignmentFlag.AlignTop)
            grid.addWidget(label, place, column)


def _words() -> QLabel:
    label = styled(QLabel(wordWrap=True), "small")
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label


def _holding(layout: QGridLayout) -> QWidget:
    holder = QWidget()
    layout.setContentsMargins(0, 0, 0, 0)
    holder.setLayout(layout)
    return holder


def _legend(splits: Sequence[str]) -> str:
    colours = theme.current().curves
    return " &nbsp; ".join(
        f'<span style="color:{colours[place]}">■</span> {SPLIT_TITLES[split]}' for place, split in enumerate(splits)
    )
