import pytest

from tests.training.experiments import data_of, digits
from workbench.data.dataset import Dataset


@pytest.fixture(scope="module")
def data() -> Dataset:
    """The digits."""
    return data_of(digits())
