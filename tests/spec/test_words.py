"""Words for sentences that users read."""

from workbench.spec.column import Column
from workbench.spec.words import isolated


def test_a_name_from_right_to_left_does_not_turn_the_words_around_it() -> None:
    assert isolated("cat") == "cat" and isolated("有轨电车") == "有轨电车"
    assert isolated("قبعة") == "\u2068قبعة\u2069" and isolated("hat כובע").startswith("\u2068")
    animals = Column(name="class", names=("قبعة", "cat"))
    assert animals.listed() == "\u2068قبعة\u2069, cat"
