from collections.abc import Iterator
from typing import Any

import pytest

from tests.interactions.mailing import MoodyOffice, mail_server


@pytest.fixture
def office(settings: Any) -> Iterator[MoodyOffice]:
    with mail_server(settings) as running:
        yield running
