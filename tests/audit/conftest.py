"""Files of one core, made once for every test that reads them."""

import pytest

from tests.audit.exported_files import Made, made_in


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made_in(tmp_path_factory.mktemp("export"))
