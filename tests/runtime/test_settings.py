"""Settings are checked when a service starts, before it opens anything."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from services.runtime.fetching import Portal
from services.runtime.settings import Settings


def settings(**more: Any) -> Settings:
    here = Path("nowhere")
    given = {"database": "postgresql://x", "kafka": "x:9092", "keys": here, "issuer_keys": here, "state": here}
    return Settings(service="city", **given, **more)


def test_who_is_to_be_asked_is_named_with_a_token() -> None:
    for asked in ({"portal": "http://portal:8080"}, {"witnesses": "http://portal:8080"}):
        with pytest.raises(ValidationError, match=r"needs SANJI_\w+_TOKEN, an operator's token"):
            settings(**asked)
    assert Portal.of(settings()) is None


@pytest.mark.parametrize("address", ["", "portal:8080", "ftp://portal", "http://", "http:// portal", "file:///etc"])
def test_the_address_of_the_portal_is_one_of_http(address: str) -> None:
    with pytest.raises(ValidationError, match="portal"):
        settings(portal=address, portal_token="a token")
