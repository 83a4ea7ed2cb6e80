"""Feeds API 2021-06-30: documents, presigned URLs, the life of a feed, faults."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from simulator.amazon import World, clock
from simulator.amazon.feed_store import Feeds
from tests.contract.amazon_simulator_shipments import (
    ACKNOWLEDGE,
    DOCUMENTS,
    FEEDS,
    ORDER_ID,
    PLACES,
    SHIP,
    XML,
    an_order,
    envelope,
    fulfillment,
    shipping,
)

GOOD = envelope(fulfillment())


class Later:
    """The simulator's clock, put forward by `seconds`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds = 0.0
        real = clock.now
        monkeypatch.setattr(clock, "now", lambda: real() + timedelta(seconds=self.seconds))


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    return Later(monkeypatch)


def test_a_feed_waits_is_processed_and_done(later: Later) -> None:
    with shipping(an_order(1), feed_seconds=200) as shipper:
        feed_id = shipper.submit(GOOD)
        waiting = shipper.feed(feed_id)
        assert {key: waiting[key] for key in ("feedId", "feedType", "marketplaceIds", "processingStatus")} == {
            "feedId": feed_id, "feedType": SHIP, "marketplaceIds": PLACES, "processingStatus": "IN_QUEUE",
        }  # fmt: skip
        assert set(waiting) == {"feedId", "feedType", "marketplaceIds", "processingStatus", "createdTime"}
        later.seconds = 101
        running = shipper.feed(feed_id)
        assert running["processingStatus"] == "IN_PROGRESS"
        assert set(running) == {*waiting, "processingStartTime"}
        assert "packages" not in shipper.truth()
        later.seconds = 201
        done = shipper.feed(feed_id)
        assert done["processingStatus"] == "DONE"
        assert set(done) == {*running, "processingEndTime", "resultFeedDocumentId"}
        assert clock.read(done["processingEndTime"]) - clock.read(done["createdTime"]) == timedelta(seconds=200)
        assert len(shipper.truth()["packages"]) == 1
        assert shipper.sim("GET", "stats").json()["feeds"] == {"EU1": {SHIP: 1}}


def test_a_feed_is_processed_though_nobody_asks_for_it(later: Later) -> None:
    with shipping(an_order(1), feed_seconds=200) as shipper:
        shipper.submit(GOOD)
        later.seconds = 201
        assert shipper.order(ORDER_ID).json()["order"]["fulfillment"]["fulfillmentStatus"] == "SHIPPED"


def test_a_feed_takes_a_second_when_nothing_else_is_said() -> None:
    now = clock.now()
    assert World((), seed=1).feeds.add("EU1", SHIP, (), "d", now=now).ends - now == timedelta(seconds=1)


def test_feeds_of_a_type_go_one_after_another() -> None:
    feeds, now = Feeds(seconds=10), clock.now()
    first, second = (feeds.add("EU1", SHIP, (), "d", now=now) for _ in range(2))
    other = feeds.add("EU1", ACKNOWLEDGE, (), "d", now=now)
    stranger = feeds.add("EU2", SHIP, (), "d", now=now)
    assert [(feed.ends - now).total_seconds() for feed in (first, second, other, stranger)] == [10, 15, 10, 10]
    assert [int(feed.feed_id) - int(first.feed_id) for feed in (second, other, stranger)] == [1, 2, 0]
    after = now + timedelta(seconds=10)
    assert [feed.status(now + timedelta(seconds=9)) for feed in (first, second)] == ["IN_PROGRESS", "IN_QUEUE"]
    assert feeds.due(after) == [first, other, stranger]
    with pytest.raises(ValueError, match="feed_seconds"):
        Feeds(seconds=-1)


def test_only_a_waiting_feed_can_be_cancelled() -> None:
    with shipping(an_order(1), feed_seconds=600) as shipper:
        feed_id = shipper.submit(GOOD)
        answer = shipper.call("DELETE", f"{FEEDS}/{feed_id}")
        assert (answer.status_code, answer.content) == (200, b"")
        assert shipper.feed(feed_id)["processingStatus"] == "CANCELLED"
        again = shipper.call("DELETE", f"{FEEDS}/{feed_id}")
        assert (again.status_code, again.json()["errors"][0]["details"]) == (
            400,
            "Only a feed that is IN_QUEUE can be cancelled.",
        )
    with shipping(an_order(1)) as shipper:
        feed_id = shipper.submit(GOOD)
        assert shipper.call("DELETE", f"{FEEDS}/{feed_id}").status_code == 400
        assert shipper.feed(feed_id)["processingStatus"] == "DONE"
        assert shipper.call("DELETE", f"{FEEDS}/50000009999").status_code == 404
        assert shipper.call("DELETE", f"{FEEDS}/BADID1").status_code == 400


def test_an_upload_needs_the_announced_content_type_and_no_token() -> None:
    with shipping() as shipper:
        made = shipper.call("POST", DOCUMENTS, {"contentType": XML})
        assert made.status_code == 201
        url = made.json()["url"]
        tries: list[tuple[dict[str, str], int, str]] = [
            ({"content-type": "text/xml"}, 403, "SignatureDoesNotMatch"),
            ({}, 403, "SignatureDoesNotMatch"),
            ({"content-type": XML, "x-amz-access-token": shipper.token}, 403, "AccessDenied"),
            ({"content-type": XML, "Authorization": "Bearer x"}, 403, "AccessDenied"),
        ]
        for headers, status, code in tries:
            answer = shipper.http.put(url, content=GOOD, headers=headers)
            assert (answer.status_code, f"<Code>{code}</Code>" in answer.text) == (status, True)
        body = {"feedType": SHIP, "marketplaceIds": PLACES, "inputFeedDocumentId": made.json()["feedDocumentId"]}
        assert shipper.call("POST", FEEDS, body).status_code == 400
        assert shipper.http.get(url).status_code == 403
        wrong = f"{shipper.base}/feed-documents?X-Amz-Signature=00"
        assert shipper.http.put(wrong, content=GOOD, headers={"content-type": XML}).status_code == 403
        assert shipper.http.put(url, content=GOOD, headers={"content-type": XML}).status_code == 200
        assert shipper.call("POST", FEEDS, body).status_code == 202


def test_urls_end_after_five_minutes(later: Later) -> None:
    with shipping(an_order(1)) as shipper:
        up = shipper.call("POST", DOCUMENTS, {"contentType": XML}).json()["url"]
        done = shipper.feed(shipper.submit(GOOD))["resultFeedDocumentId"]
        down = shipper.get(f"{DOCUMENTS}/{done}").json()["url"]
        for seconds, status in ((290, 200), (301, 403)):
            later.seconds = seconds
            assert shipper.http.put(up, content=GOOD, headers={"content-type": XML}).status_code == status
            assert shipper.http.get(down).status_code == status


def test_a_big_report_comes_compressed() -> None:
    messages = [fulfillment(order=f"<AmazonOrderID>303-0000000-{number:07d}</AmazonOrderID>") for number in range(60)]
    with shipping() as shipper:
        document_id = shipper.feed(shipper.submit(envelope(*messages)))["resultFeedDocumentId"]
        document = shipper.get(f"{DOCUMENTS}/{document_id}").json()
        assert document["compressionAlgorithm"] == "GZIP"
        answer = shipper.http.get(document["url"])
        assert answer.headers["content-type"] == XML
        assert gzip.decompress(answer.content).count(b"<Result>") == 60
        path = f"{DOCUMENTS}/{document_id}"
        encoded = shipper.get(path, {"enableContentEncodingUrlHeader": "true"}).json()
        unpacked = shipper.http.get(encoded["url"])
        assert unpacked.headers["content-encoding"] == "gzip"
        assert unpacked.content == gzip.decompress(answer.content)
        small = shipper.feed(shipper.submit(envelope(messages[0])))["resultFeedDocumentId"]
        assert "compressionAlgorithm" not in shipper.get(f"{DOCUMENTS}/{small}").json()


@pytest.mark.parametrize("kind", ["reset_after", "status_500_after"])
def test_a_feed_whose_answer_is_lost_exists(kind: str) -> None:
    with shipping(an_order(1)) as shipper:
        body = {"feedType": SHIP, "marketplaceIds": PLACES, "inputFeedDocumentId": shipper.document(GOOD)}
        shipper.fault(kind, "createFeed")
        if kind == "reset_after":
            with pytest.raises(httpx.ReadError):
                shipper.call("POST", FEEDS, body)
        else:
            assert shipper.call("POST", FEEDS, body).status_code == 500
        assert len(shipper.get(FEEDS, {"feedTypes": SHIP}).json()["feeds"]) == 1
        assert len(shipper.truth()["packages"]) == 1


def test_faults_hit_uploads_and_downloads() -> None:
    with shipping(an_order(1)) as shipper:
        url = shipper.call("POST", DOCUMENTS, {"contentType": XML}).json()["url"]
        for kind, status in (("status_500", 500), ("status_503_html", 503), ("status_500_after", 500)):
            shipper.fault(kind, "uploadFeedDocument")
            assert shipper.http.put(url, content=GOOD, headers={"content-type": XML}).status_code == status
        document_id = shipper.feed(shipper.submit(GOOD))["resultFeedDocumentId"]
        url = shipper.get(f"{DOCUMENTS}/{document_id}").json()["url"]
        whole = shipper.http.get(url).content
        shipper.fault("truncated_json", "downloadFeedDocument")
        assert shipper.http.get(url).content == whole[: len(whole) // 2]
        for kind in ("reset_before", "reset_after"):
            shipper.fault(kind, "downloadFeedDocument")
            with pytest.raises(httpx.ReadError):
                shipper.http.get(url)
        assert shipper.http.get(url).content == whole


def test_the_process_takes_the_time_of_a_feed(tmp_path: Path) -> None:
    sellers = tmp_path / "sellers.json"
    row = {"seller_id": "A", "refresh_token": "a", "region": "eu", "marketplaces": ["DE"], "orders": 0}
    sellers.write_text(json.dumps([row]))
    command = [sys.executable, "-m", "simulator.amazon", "--sellers", str(sellers), "--feed-seconds", "-1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "python -m simulator.amazon: feed_seconds must be 0 or more\n"
