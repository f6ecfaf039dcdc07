"""Pictures of the data as they are drawn."""

from threading import Event, current_thread, main_thread

import numpy as np
from PySide6.QtCore import QObject, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets.pictures import MOST_READ, Images, draw_picture, image_source
from workbench.session.views.feature_sheet import as_rgb


def test_grey_and_colour_pictures_are_shown_as_they_are() -> None:
    grey = np.arange(4, dtype=np.uint8).reshape(1, 2, 2)
    assert as_rgb(grey).tolist() == [[[0] * 3, [1] * 3], [[2] * 3, [3] * 3]]
    colour = np.stack([np.full((1, 1), value, np.uint8) for value in (10, 20, 30)])
    assert as_rgb(colour).tolist() == [[[10, 20, 30]]]
    assert as_rgb(np.full((2, 1, 1), 8, np.uint8)).tolist() == [[[8, 8, 8]]]


def test_an_image_has_the_colours_of_its_picture() -> None:
    inputs = np.random.default_rng(0).integers(0, 256, (3, 3, 5, 7), dtype=np.uint8)
    image = image_source(inputs)(1)
    assert (image.width(), image.height()) == (7, 5)
    colour = image.pixelColor(6, 2)
    assert [colour.red(), colour.green(), colour.blue()] == inputs[1, :, 2, 6].tolist()


def test_a_picture_keeps_its_proportions_in_the_middle_of_a_square() -> None:
    paper = QImage(40, 40, QImage.Format.Format_RGB32)
    paper.fill(Qt.GlobalColor.white)
    painter = QPainter(paper)
    draw_picture(painter, QRectF(0, 0, 40, 40), image_source(np.zeros((1, 3, 10, 20), np.uint8))(0))
    painter.end()
    dark = [y for y in range(40) if paper.pixelColor(20, y).red() < 128]
    assert (dark[0], dark[-1]) == (10, 29)
    assert all(paper.pixelColor(x, 20).red() < 128 for x in (0, 39))


def test_of_large_copies_fewer_are_kept(qtbot: QtBot) -> None:
    owner = QObject()
    images = Images(owner, EventPump(owner), longest=4000)
    images.show(lambda number: np.full((1, 2, 2), number, np.uint8), (1, 2, 2))
    with qtbot.waitSignal(images.arrived):
        assert all(images(number).isNull() for number in range(8))
    assert [images(number).isNull() for number in range(8)] == [True] * 3 + [False] * 5, "256 MiB of 48 MB each"


def test_what_is_seen_is_read_behind_and_kept_small(qtbot: QtBot) -> None:
    owner = QObject()
    pump = EventPump(owner)
    images = Images(owner, pump, longest=20)
    pictures = np.random.default_rng(0).integers(0, 256, (3, 3, 30, 60), np.uint8)
    threads = set()

    def picture(number: int) -> np.ndarray:
        threads.add(current_thread())
        return pictures[number]

    images.show(picture, pictures.shape[1:])
    assert (images.size.width(), images.size.height()) == (60, 30)
    assert images(1).isNull() and images(2).isNull()
    with qtbot.waitSignal(images.arrived):
        pass
    assert (images(1).width(), images(1).height()) == (20, 10) and not images(2).isNull()
    assert len(threads) == 1 and main_thread() not in threads


def test_what_was_scrolled_past_waits_and_another_set_is_not_shown_the_pictures_of_the_last(qtbot: QtBot) -> None:
    owner = QObject()
    pump = EventPump(owner)
    images = Images(owner, pump, longest=20)
    may_read, read = Event(), []

    def old(number: int) -> np.ndarray:
        may_read.wait()
        read.append(number)
        return np.zeros((1, 2, 2), np.uint8)

    images.show(old, (1, 2, 2))
    for number in range(MOST_READ + 3):
        images(number)
    qtbot.waitUntil(lambda: pump.busy)
    images.show(lambda number: np.full((1, 2, 2), 9, np.uint8), (1, 2, 2))
    assert images(7).isNull()
    may_read.set()
    qtbot.waitUntil(lambda: not images(7).isNull())
    assert images(7).pixelColor(0, 0).red() == 9
    assert read == list(range(3, MOST_READ + 3))


def test_a_set_that_cannot_be_read_does_not_keep_another_from_being_shown(qtbot: QtBot) -> None:
    owner = QObject()
    pump = EventPump(owner)
    images = Images(owner, pump, longest=20)

    def gone(number: int) -> np.ndarray:
        raise OSError(f"picture {number} is gone")

    images.show(gone, (1, 2, 2))
    with qtbot.captureExceptions() as errors:
        images(3)
        qtbot.waitUntil(lambda: bool(errors))
    assert "picture 3 is gone" in str(errors[0][1])
    images.show(lambda number: np.full((1, 2, 2), 9, np.uint8), (1, 2, 2))
    qtbot.waitUntil(lambda: not images(3).isNull())
    pump.stop()  # the error's traceback still holds it


def test_what_was_asked_for_while_a_read_failed_is_shown(qtbot: QtBot) -> None:
    owner = QObject()
    pump = EventPump(owner)
    images = Images(owner, pump, longest=20)
    reads, may_fail = Event(), Event()

    def gone(number: int) -> np.ndarray:
        reads.set()
        may_fail.wait()
        raise OSError(f"picture {number} is gone")

    images.show(gone, (1, 2, 2))
    images(3)
    qtbot.waitUntil(reads.is_set)
    images.show(lambda number: np.full((1, 2, 2), 9, np.uint8), (1, 2, 2))
    with qtbot.captureExceptions() as faults, qtbot.waitSignal(images.arrived):
        images(5)
        may_fail.set()
    assert "picture 3 is gone" in str(faults[0][1])
    assert images(5).pixelColor(0, 0).red() == 9
    pump.stop()  # the error's traceback still holds it
