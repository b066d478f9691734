"""The tiny finished edition, written once for all tests of the atlas."""

import pytest

from atlas.edition import Edition
from tests.small_city import small_edition


@pytest.fixture(scope="session")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    """36 squares in 4 regions, see `tests.small_city`."""
    return small_edition(tmp_path_factory.mktemp("kleinstadt"))
