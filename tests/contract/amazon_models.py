"""Amazon's official API models as JSON schemas, where their folder is to be found.

The folder is named by AMAZON_MODELS or lies beside the checkout (../shared/amazon-models). It holds the JSON files of
amzn/selling-partner-api-models (Apache-2.0).
"""

from __future__ import annotations

import copy
import json
import os
import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, FormatChecker

ORDERS = "orders_2026-01-01.json"

FOLDER = Path(
    os.environ.get("AMAZON_MODELS") or Path(__file__).resolve().parents[3] / "shared" / "amazon-models"
).expanduser()

needs_models = pytest.mark.skipif(
    not (FOLDER / ORDERS).is_file(),
    reason=f"Amazon's official models are not at {FOLDER}; set AMAZON_MODELS to the folder that holds {ORDERS}",
)

_FORMATS = FormatChecker(formats=())
_LISTED = re.compile(r"\*\*Possible values\*\*:(.*)", re.DOTALL)
_WORD = re.compile(r"`([A-Z][A-Z_]+)`")


@_FORMATS.checks("date-time", raises=ValueError)
def _is_time(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@cache
def model(name: str = ORDERS) -> dict[str, Any]:
    """A model file, parsed."""
    data: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return data


@cache
def _strict(name: str) -> dict[str, Any]:
    """The definitions, with unknown fields forbidden and the words that descriptions list made an enum."""
    definitions = copy.deepcopy(model(name)["definitions"])
    for definition in definitions.values():
        if definition.get("type") == "object":
            definition["additionalProperties"] = False
        for field in definition.get("properties", {}).values():
            listed = _LISTED.search(field.get("description", ""))
            if listed and field.get("type") == "string" and "enum" not in field:
                field["enum"] = _WORD.findall(listed.group(1))
    return dict(definitions)


@cache
def _validator(name: str, definition: str) -> Draft4Validator:
    schema = {"$ref": f"#/definitions/{definition}", "definitions": _strict(name)}
    return Draft4Validator(schema, format_checker=_FORMATS)


def complaints(body: Any, definition: str, *, name: str = ORDERS) -> list[str]:
    """What is wrong with `body` by the model's `definition`, at most ten lines; [] when nothing is.

    Stricter than Amazon promises to be: unknown fields and words outside the listed ones are wrong too.
    """
    errors = _validator(name, definition).iter_errors(body)
    lines = (f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in errors)
    return [line for line, _ in zip(lines, range(10), strict=False)]


def sandbox(path: str, status: str = "200") -> list[dict[str, Any]]:
    """The static sandbox pairs {"request": {"parameters"}, "response"} of a GET operation."""
    answer = model()["paths"][path]["get"]["responses"][status]
    pairs: list[dict[str, Any]] = answer["x-amzn-api-sandbox"]["static"]
    return pairs
