"""Where secrets come from, and that none is ever shown."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

import pytest

from settings import ConfigurationError, load
from tests.unit.settings.given import SENTINEL, changed, mistakes, write


def client_id(path: Path) -> str:
    return load(path).amazon.client_id.get_secret_value()


def test_from_the_environment(tmp_path: Path) -> None:
    assert client_id(write(tmp_path, changed({}))) == f"{SENTINEL}-AMAZON_CLIENT_ID"


def test_from_a_file_beside_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "conf" / "secrets").mkdir(parents=True)
    (tmp_path / "conf" / "secrets" / "id").write_text("from-file\n", encoding="utf-8")
    path = write(tmp_path / "conf", changed({"amazon/client_id": {"file": "secrets/id"}}))
    monkeypatch.chdir(tmp_path)
    assert client_id(path) == "from-file"


def test_from_a_file_anywhere(tmp_path: Path) -> None:
    elsewhere = tmp_path / "id"
    elsewhere.write_text("  from-elsewhere ", encoding="utf-8")
    (tmp_path / "conf").mkdir()
    assert client_id(write(tmp_path / "conf", changed({"amazon/client_id": {"file": str(elsewhere)}}))) == (
        "from-elsewhere"
    )


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "file id is empty: write the secret into it"),
        (b" \n", "file id is empty: write the secret into it"),
        (SENTINEL.encode() + b"\xff", "file id is no text (UTF-8): write the secret into it"),
    ],
)
def test_files_that_hold_no_secret(tmp_path: Path, content: bytes, text: str) -> None:
    (tmp_path / "id").write_bytes(content)
    assert mistakes(write(tmp_path, changed({"amazon/client_id": {"file": "id"}}))) == [f"amazon.client_id: {text}"]


def test_an_empty_variable_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACME_TOKEN", "")
    assert mistakes(write(tmp_path, changed({}))) == [
        "accounts.acme-eu.refresh_token: environment variable ACME_TOKEN is not set: export ACME_TOKEN=..."
    ]


WITH_PASSWORDS = {
    "broker/url": f"redis://:{SENTINEL}@localhost/0",
    "broker/state_url": f"redis://:{SENTINEL}@localhost/1",
    "broker/document_key": {"env": "OTHER_TOKEN"},
}


def test_no_secret_in_what_settings_show(tmp_path: Path) -> None:
    settings = load(write(tmp_path, changed(WITH_PASSWORDS)))
    assert settings.broker.document_key is not None
    assert settings.broker.document_key.get_secret_value() == f"{SENTINEL}-OTHER_TOKEN"
    assert settings.state_url == f"redis://:{SENTINEL}@localhost/1"
    shown = [repr(settings), str(settings), repr(settings.account("acme-eu"))]
    shown += [repr(part) for part in (settings.broker, settings.amazon, settings.odoo, settings.accounts)]
    assert [text for text in shown if SENTINEL in text] == []


@pytest.mark.parametrize(
    "mistake",
    [
        {"amazon/client_id": SENTINEL},
        {"amazon/client_id": {"env": "OTHER_TOKEN", "default": SENTINEL}},
        {"amazon/client_id": [SENTINEL]},
        {"broker/url": f"http://:{SENTINEL}@x"},
        {"broker/state_url": f"amqp://:{SENTINEL}@x"},
        {"odoo/main/url": f"bot:{SENTINEL}@odoo"},
        {"odoo/main/timeout": SENTINEL},
        {"accounts/acme-eu/refresh_token": SENTINEL},
        {"accounts/acme-eu/region": SENTINEL},
        {"accounts/acme-eu/seller_id": {"env": SENTINEL}},
        {"accounts/acme-eu/poll_seconds": -1},
    ],
)
def test_no_secret_in_what_an_error_shows(tmp_path: Path, mistake: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load(write(tmp_path, changed(WITH_PASSWORDS | mistake)))
    assert len(raised.value.problems) == 1
    shown = "".join(traceback.format_exception(raised.value))
    assert SENTINEL not in shown
    assert SENTINEL not in repr(raised.value.problems)


def test_a_broker_url_with_a_password_comes_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKER_URL", f"rediss://:{SENTINEL}@broker.test/0")
    given = load(write(tmp_path, changed({"broker/url": {"env": "BROKER_URL"}})))
    assert given.state_url == given.broker.url == f"rediss://:{SENTINEL}@broker.test/0?ssl_cert_reqs=required"
    assert SENTINEL not in repr(given)


def test_rabbitmq_from_the_environment_needs_a_redis_for_the_state_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKER_URL", f"amqp://user:{SENTINEL}@broker.test")
    with pytest.raises(ConfigurationError) as refused:
        load(write(tmp_path, changed({"broker/url": {"env": "BROKER_URL"}})))
    assert [str(problem) for problem in refused.value.problems] == [
        "broker.state_url: RabbitMQ carries messages only: give a redis:// URL for the state"
    ]
