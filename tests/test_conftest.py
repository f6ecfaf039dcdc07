"""The order of the tests."""

from tests.conftest import LONGEST


def test_each_of_the_longest_files_is_where_it_is_looked_for():
    assert not [str(file) for file in LONGEST if not file.is_file()], "moved: give its new path in conftest.LONGEST"
