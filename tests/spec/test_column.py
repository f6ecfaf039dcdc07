"""A column described in words."""

from workbench.spec.column import Column


def test_names_are_listed_as_many_as_a_person_reads() -> None:
    letters, long = tuple("abcdefghijklmn"), tuple(f"{number} {'very ' * 18}long" for number in range(60))
    assert Column(name="class", kind="class", names=letters[:12]).listed() == "a, b, c, d, e, f, g, h, i, j, k, l"
    assert Column(name="class", kind="class", names=letters).listed().endswith("k, l … and 2 more")
    assert Column(name="class", kind="class", names=long).listed() == f"{long[0]}, {long[1]} … and 58 more"
    assert Column(name="class", kind="class", names=long[:1]).listed() == long[0]
