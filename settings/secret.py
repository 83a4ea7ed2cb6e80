"""Secrets never stand in accounts.toml: it says where they are, { env = "NAME" } or { file = "path" }."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, SecretStr, ValidationInfo

from settings.env import variable


def resolve(value: Any, info: ValidationInfo) -> str:
    """Return the secret that `value` points to; a relative file is taken from the configuration's folder.

    Raises ValueError with the remedy when there is none; the message never holds a secret.
    """
    match value:
        case {"env": str(name), **rest} if not rest:
            found = variable(name)
            if not found:
                raise ValueError(f"environment variable {name} is not set: export {name}=...")
            return found
        case {"file": str(name), **rest} if not rest:
            base: Path = (info.context or {}).get("folder", Path())
            try:
                found = (base / name).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise ValueError(
                    f"file {name} cannot be read ({error.strerror}): create it or mend its rights"
                ) from None
            except UnicodeDecodeError:  # its text would show a part of the secret
                raise ValueError(f"file {name} is no text (UTF-8): write the secret into it") from None
            if not found:
                raise ValueError(f"file {name} is empty: write the secret into it")
            return found
        case _:
            raise ValueError('a secret is given as { env = "NAME" } or { file = "path" }, never in this file')


def or_secret(value: Any, info: ValidationInfo) -> Any:
    """Return `value`, or the secret it points to: for texts that only sometimes hold a secret, such as a broker's URL.

    Raises ValueError as `resolve`.
    """
    return resolve(value, info) if isinstance(value, dict) else value


Secret = Annotated[SecretStr, BeforeValidator(resolve)]
