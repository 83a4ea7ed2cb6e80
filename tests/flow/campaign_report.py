"""What a campaign saw, in tables: outcomes by oddity, rounding lines by tax, durations, disagreements."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from tests.flow.campaign import Campaign, Key
from tests.flow.verdicts import Verdict


def report(campaign: Campaign, demands: dict[Key, Verdict], wrong: Sequence[str], *, quiet: bool) -> str:
    """What was seen, in tables; order ids only, no person."""
    kinds = {
        (spec.key, order_id): names
        for spec in campaign.fleet.sellers
        for order_id, names in campaign.fleet.amazon("GET", f"/oddities?seller={spec.seller_id}")[
            spec.seller_id
        ].items()
    }
    by_kind: dict[str, Counter[str]] = defaultdict(Counter)
    for key, demand in demands.items():
        for name in kinds.get(key, ["(none)"]):
            by_kind[name][str(demand)] += 1
    version = ".".join(str(part) for part in campaign.odoo.version)
    lines = [f"Odoo {version}: {len(demands)} orders of {len(campaign.keys)} accounts, {len(wrong)} disagreements", ""]
    lines += _table("outcome by oddity", {name: dict(sorted(by_kind[name].items())) for name in sorted(by_kind)})
    lines += _table("all outcomes", {"orders": dict(sorted(Counter(str(one) for one in demands.values()).items()))})
    lines += _table("sale orders with a rounding line, by the goods' tax", _rounded(campaign))
    changed = sum(raw != campaign.first[key] for key, raw in campaign.orders().items())
    lines += [
        f"delivered by hand {len(campaign.delivered)}, locked {len(campaign.locked)}, changed at Amazon then {changed}",
        f"everything read once more: {'nothing' if quiet else 'SOMETHING'} was written",
        *(f"{what}: {seconds:.0f} s" for what, seconds in campaign.seconds.items()),
        "",
        *wrong,
    ]
    return "\n".join(lines) + "\n"


def _rounded(campaign: Campaign) -> dict[str, dict[str, int]]:
    domain = [("order_id.x_amazon_account", "in", campaign.keys), ("product_id.name", "=", "Amazon Rounding")]
    found = campaign.odoo.search_read("sale.order.line", domain, ["order_id", "price_total"])
    rounded = {line["order_id"][0] for line in found if line["price_total"]}
    orders = campaign.odoo.search_read("sale.order", [("x_amazon_account", "in", campaign.keys)], ["x_amazon_account"])
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for order in orders:
        counts[campaign.taxes[order["x_amazon_account"]]]["sale orders"] += 1
        counts[campaign.taxes[order["x_amazon_account"]]]["rounded"] += order["id"] in rounded
    return {name: dict(count) for name, count in counts.items()}


def _table(title: str, rows: dict[str, dict[str, int]]) -> Iterable[str]:
    yield f"{title}:"
    for name, counts in rows.items():
        yield f"  {name:32} " + ", ".join(f"{what} {count}" for what, count in counts.items())
    yield ""
