"""Log lines: what they hold, and what cannot get in, whoever writes it, at any level, in both forms."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from settings import load
from tasks.orders import fetch_orders
from tests.unit.settings.given import SENTINEL, changed, set_secrets, write
from tests.unit.tasks.fakes import delivered
from worker import logs
from worker.redact import HIDDEN, Redaction, secrets_in

ORDER = "304-1234567-1234567"
LOGGERS = (
    "root", "tasks.orders", "sync.import_orders", "worker.celery", "celery", "celery.app.trace",
    "celery.worker.strategy", "celery.beat", "kombu", "kombu.transport.redis", "amqp", "redis", "redbeat.schedulers",
    "flower", "tornado.access", "httpx", "httpcore.connection", "httpcore.http11", "odoorpc.rpc.jsonrpclib.test",
    "urllib3.connectionpool", "asyncio", "multiprocessing", "concurrent.futures", "uvicorn.error",
)  # fmt: skip
SECRETS = {
    "access token": ("Atza|IwEBIJedGXjDqsU_vPxUG-k0", "x-amz-access-token: Atza|IwEBIJedGXjDqsU_vPxUG-k0"),
    "refresh token": ("Atzr|IwEBIA-4rpFxV3yN", "grant_type=refresh_token&refresh_token=Atzr%7CIwEBIA-4rpFxV3yN"),
    "refresh token in JSON": ("Atzr|IwEBIA-4rpFxV3yN", '{"refresh_token": "Atzr|IwEBIA-4rpFxV3yN"}'),
    "client secret": ("amzn1.oa2-cs.v1.abcdef123456", "client_secret=amzn1.oa2-cs.v1.abcdef123456&x=1"),
    "client secret alone": ("amzn1.oa2-cs.v1.abcdef123456", "refused amzn1.oa2-cs.v1.abcdef123456"),
    "bearer": ("b789294d6155c71b43dc065627602f80", "Authorization: bearer b789294d6155c71b43dc065627602f80"),
    "bearer in a list of headers": (
        "b789294d6155c71b", "[(b'Authorization', b'Bearer b789294d6155c71b'), (b'Accept', b'*/*')]"
    ),
    "basic": ("YWRtaW46c2VjcmV0", "Authorization: Basic YWRtaW46c2VjcmV0"),
    "Odoo's key": ("b789294d6155c71b43dc065627602f80b1303f25", "key b789294d6155c71b43dc065627602f80b1303f25 refused"),
    "password of a URL": ("p4ssw0rd-x", "connecting to redis://user:p4ssw0rd-x@redis:6379/0"),
    "password without a user": ("p4ssw0rd-x", "redis://:p4ssw0rd-x@redis:6379/0"),
    "password in JSON": ("hunter2", "{'login': 'bot', 'password': 'hunter2'}"),
    "password of a call": ("hunter2", '"args": ["db", 2, "x"], "password": "hunter2"'),
    "signed URL": ("0a1b2c3d4e", "PUT https://s3.test/doc?X-Amz-Signature=0a1b2c3d4e&X-Amz-Expires=300"),
    "access key of AWS": ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE/20260501/eu"),
    "encrypted document": ("gAAAAABkZ3JhbmRtYXN0ZXJmbGFzaA", "value gAAAAABkZ3JhbmRtYXN0ZXJmbGFzaA=="),
    "cookie": ("8f2c9e", "{'Set-Cookie': 'session_id=8f2c9e; Path=/'}"),
    "e-mail": ("erika", "RCPT TO erika.mustermann+x@mail.example.de"),
    "marketplace alias": ("1x2y3z", "buyerEmail 1x2y3z@marketplace.amazon.de"),
    "telephone": ("9876543", "call +49 (30) 9876543 now"),
    "buyer in JSON": ("Mustermann", '{"buyer": {"buyerName": "Erika \\"E.\\" Mustermann"}}'),
    "address in a dict": ("Heidestr", "{'addressLine1': 'Heidestr. 17', 'city': 'Köln'}"),
    "contact of Odoo": ("O'Neill", """[{'name': "Erika O'Neill", 'street': 'Heidestr. 17', 'zip': '51147'}]"""),
    "street of Odoo": ("Heidestr", "[{'street': 'Heidestr. 17'}]"),
    "gift message": ("birthday", "'giftMessage': 'Happy birthday, Max'"),
}  # fmt: skip


@pytest.fixture(params=["text", "json"])
def written(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the process writes, at level debug, in each of the two forms."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(logs, "_chosen", [logs.Options()])
    logs.use(logs.Options(json=request.param == "json", level="debug", redaction=Redaction([f"{SENTINEL}-KEY"])))
    levels = {name: logging.getLogger(name).level for name in (*logs._QUIET, *LOGGERS) if name != "root"}
    for name in levels:  # a server that another test ran in this process has set some
        logging.getLogger(name).setLevel(logging.NOTSET)
    logs.setup()
    yield stream
    root.handlers[:], root.level = before
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def _log(name: str, *args: Any, **kwargs: Any) -> None:
    logger = logging.getLogger("" if name == "root" else name)
    logger.debug(*args, **kwargs)


@pytest.mark.parametrize("name", LOGGERS)
def test_no_logger_gets_a_secret_or_a_person_into_a_line(written: io.StringIO, name: str) -> None:
    for text in [text for _, text in SECRETS.values()] + [f"the key is {SENTINEL}-KEY"]:
        _log(name, text)
        _log(name, "%s", text)
        _log(name, "%(what)s", {"what": text})
        _log(name, "%r", [text.encode()])
        error = ValueError(text)
        _log(name, "failed", exc_info=(type(error), error, None))
    out = written.getvalue()
    assert len(out.splitlines()) >= 5 * len(SECRETS)
    assert [what for what, (needle, _) in SECRETS.items() if needle in out] == []
    assert SENTINEL not in out
    assert "Atz" not in out


@pytest.mark.parametrize("what", SECRETS)
def test_what_is_around_it_stays(what: str) -> None:
    needle, text = SECRETS[what]
    shown = Redaction()(f"before {text} after")
    assert needle not in shown
    assert HIDDEN in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")


@pytest.mark.parametrize(
    "text",
    [
        f"order imported {ORDER}",
        "fetch of acme-eu all again in 12 s: searchOrders' quota is used up",
        "2026-05-01T12:00:00+00:00 until 2026-05-01 12:00:00",
        "https://sellingpartnerapi-eu.amazon.com/orders/2026-01-01/orders 200",
        "redis://redis:6379/0",
        "Task odoo.upsert_order[0b6f1d2e-3c4a-4b5c-8d6e-7f8091a2b3c4] succeeded in 0.12s: 'imported'",
        "money_mismatch: parts are 1,234.50, Amazon's total is 1,234.51",
        "upsert@host7: ready.",
        "the account is paused; Odoo has no warehouse WH2: one of WH, FBA",
        "key amz:lane:acme-eu:all:due, 19 keys",
        "amzn1.application-oa2-client.abc",
    ],
)
def test_what_an_operator_needs_is_left_alone(text: str) -> None:
    assert Redaction()(text) == text


def test_the_secrets_of_the_configuration_are_hidden_wherever_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_secrets(monkeypatch)
    monkeypatch.setenv("BROKER", "redis://:br%2Fk3r-pass@127.0.0.1/0")
    given = load(write(tmp_path, changed({"broker/url": {"env": "BROKER"}})))
    redaction = Redaction(secrets_in(given))
    for name in ("AMAZON_CLIENT_ID", "AMAZON_CLIENT_SECRET", "ODOO_MAIN_KEY", "ACME_TOKEN"):
        assert redaction(f"x{SENTINEL}-{name}y") == f"x{HIDDEN}y"
    assert redaction("AUTH br/k3r-pass") == redaction("AUTH br%2Fk3r-pass") == f"AUTH {HIDDEN}"


def test_short_secrets_do_not_riddle_every_line() -> None:
    assert Redaction(["demo", ""])("the demonstration of demo") == "the demonstration of demo"


# ------------------------------------------------------------ form
def _line(stream: io.StringIO, logger: str) -> str:
    """The line of `logger`; at level debug another thread of the process may write one, too."""
    (line,) = (line for line in stream.getvalue().splitlines() if logger in line)
    return line


def test_a_line_says_what_the_task_is_about(written: io.StringIO) -> None:
    task: Any = fetch_orders
    about = {"account": "acme-eu", "order_id": ORDER}
    with delivered(task, about, retries=2):
        logs.enter(task_id="4f0c2a19-aaaa", task=task, kwargs=about)
        logging.getLogger("tasks.orders").info("order %s", "imported")
        logs.leave()
    line = _line(written, "tasks.orders")
    if line.startswith("{"):
        told = json.loads(line)
        assert told.pop("time").endswith("+00:00")
        assert told == {
            "level": "info", "logger": "tasks.orders", "message": "order imported", "account": "acme-eu",
            "order": ORDER, "task": "4f0c2a19", "task_name": "amazon.fetch_orders", "attempt": 3,
        }  # fmt: skip
    else:
        assert line[23:] == f" INFO    tasks.orders [acme-eu {ORDER} 4f0c2a19 attempt 3]: order imported"


def test_a_line_about_no_task_says_nothing_of_one(written: io.StringIO) -> None:
    logging.getLogger("celery.beat").warning("late")
    line = _line(written, "celery.beat")
    if line.startswith("{"):
        assert set(json.loads(line)) == {"time", "level", "logger", "message"}
    else:
        assert line[23:] == " WARNING celery.beat: late"


def test_a_traceback_is_part_of_its_line(written: io.StringIO) -> None:
    try:
        os.environ["NO SUCH NAME"]
    except KeyError:
        logging.getLogger("tasks.base").exception("failed")
    lines = written.getvalue().splitlines()
    if lines[0].startswith("{"):
        (line,) = lines
        assert json.loads(line)["error"].splitlines()[-1] == "KeyError: 'NO SUCH NAME'"
    else:
        assert lines[-1] == "KeyError: 'NO SUCH NAME'"


def test_libraries_are_quiet_unless_asked(monkeypatch: pytest.MonkeyPatch, written: io.StringIO) -> None:
    logs.use(logs.Options(level="info"))
    monkeypatch.setattr(sys, "stderr", written)  # the capture of output has put its own there meanwhile
    logs.setup()
    logging.getLogger("httpx").info("GET https://x")
    logging.getLogger("tasks.orders").debug("hidden")
    logging.getLogger("tasks.orders").info("shown")
    assert [line.rpartition(": ")[2] for line in written.getvalue().splitlines()] == ["shown"]


def test_a_very_long_line_is_cut_and_still_redacted() -> None:
    shown = Redaction()("erika@example.de " + "x" * 1_000_000)
    assert len(shown) < 21_000
    assert shown.startswith(f"{HIDDEN} xxx")
    assert shown.endswith("characters cut]")
