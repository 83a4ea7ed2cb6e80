"""The text of a line of goods: whatever of Amazon's item the people who sell, pack and send it need to read."""

from __future__ import annotations

from domain.order import OrderItem

_TRANSPARENCY = "TRANSPARENCY"


def item_text(item: OrderItem) -> str:
    """Return SKU and listing name, then a line each for what is out of the ordinary."""
    return "\n".join([_head(item), *_extras(item)])


def _head(item: OrderItem) -> str:
    return f"[{item.sku}] {item.title}".strip() if item.sku else item.title or item.item_id


def _extras(item: OrderItem) -> list[str]:
    """Name and value of what Amazon says beyond that; a new article in pieces that has a SKU needs no word."""
    used = item.condition if item.condition.casefold() != "new" else ""
    told = {
        "ASIN": "" if item.sku else item.asin,
        "Condition": used,
        "Measurement": item.measurement,
        "Serial numbers": ", ".join(item.serial_numbers),
        "Customization": item.customization_url,
        "Transparency": _transparency(item),
    }
    return [f"{name}: {text}" for name, text in told.items() if text]


def _transparency(item: OrderItem) -> str:
    """Amazon's programme against counterfeits: each piece carries a code that is told Amazon when it is shipped."""
    in_it = any(program.upper() == _TRANSPARENCY for program in item.programs)
    return "each piece has a code of its own" if in_it else ""
