from __future__ import annotations

import pytest

from tests.unit.settings.given import set_secrets


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    set_secrets(monkeypatch)
