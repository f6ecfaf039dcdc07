"""The chosen picture, enlarged beside the grid."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import restyle, styled
from workbench.gui.widgets.pictures import draw_points
from workbench.spec.words import several

CARD = 112
"""Side of the picture."""

DOT = 2.5
"""Radius of a key point."""


class PictureCard(QWidget):
    """The chosen picture, its description, and the buttons that correct its label and exclude it."""

    def __init__(self) -> None:
        super().__init__()
        self.picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.picture.setFixedSize(CARD, CARD)
        self.words = styled(QLabel(wordWrap=True), "small")
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.MinimumExpanding)
        self.leave_out = QPushButton("Exclude from the data")
        self.relabel = QPushButton("Label…")
        beside = QVBoxLayout()
        beside.addWidget(self.words, 1)
        beside.addWidget(self.relabel, 0, Qt.AlignmentFlag.AlignLeft)
        beside.addWidget(self.leave_out, 0, Qt.AlignmentFlag.AlignLeft)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, theme.SPACE_M, theme.SPACE_S)
        row.setSpacing(theme.SPACE_M)
        row.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(beside, 1)
        self.setMinimumHeight(CARD + theme.SPACE_S)
        self.call("picture")
        self.show_nothing("", has_picture=False)

    def call(self, thing: str) -> None:
        """Say in the tooltips what an example is called."""
        self.leave_out.setToolTip(
            f"Exclude the selected {several(thing)} from training and evaluation, or restore them   Del"
        )
        self.relabel.setToolTip(f"Correct the label of the selected {several(thing)}, or restore that of the data   F2")

    def show_nothing(self, words: str, *, has_picture: bool) -> None:
        """Show that no picture is chosen, or no row of numbers; ``words`` say what choosing one is for. Where it
        ``has_picture``, its place is shown.
        """
        self.picture.clear()
        restyle(self.picture, "placeholder")
        self.picture.setVisible(has_picture)
        self.words.setText(words)
        self.relabel.hide()
        self.leave_out.hide()

    def show_row(self, words: str, action: str) -> None:
        """Show what is known of a row; ``action`` is what the button does."""
        self.words.setText(words)
        self.leave_out.setText(action)
        self.leave_out.show()

    def show_picture(
        self, picture: QPixmap, words: str, action: str, points: Sequence[tuple[float, float]] = ()
    ) -> None:
        """Show a picture with its key ``points`` (as fractions of width and height), or an empty space if it is not
        available yet; ``action`` is what the button does.
        """
        ratio = self.devicePixelRatioF()
        enlarged = picture.width() * 2 < CARD * ratio
        mode = Qt.TransformationMode.FastTransformation if enlarged else Qt.TransformationMode.SmoothTransformation
        if not picture.isNull():
            picture = picture.scaled(QSize(CARD, CARD) * ratio, Qt.AspectRatioMode.KeepAspectRatio, mode)
            picture.setDevicePixelRatio(ratio)
            painter = QPainter(picture)
            draw_points(painter, QRectF(QPointF(), picture.deviceIndependentSize()), points, DOT)
            painter.end()
        restyle(self.picture, "")
        self.picture.setPixmap(picture)
        self.picture.show()
        # Let the path wrap after each folder.
        self.words.setText(words.replace("/", "/\u200b"))
        self.leave_out.setText(action)
        self.leave_out.show()
