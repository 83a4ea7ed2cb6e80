"""A TLS door in front of the embedded broker, which has none of its own, with a certificate made for the test."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_ADDRESS = "127.0.0.1"


@dataclass(frozen=True)
class Door:
    """Where it is, and the certificate authority that vouches for it."""

    port: int
    authority: Path


def certificate(folder: Path, name: str = _ADDRESS) -> tuple[Path, Path]:
    """Make a certificate that vouches for itself, for the address `name`; return its file and that of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(name))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    shown, kept = folder / f"{name}.crt", folder / f"{name}.key"
    shown.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    kept.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return shown, kept


@contextlib.contextmanager
def door(folder: Path, to_port: int, *, name: str = _ADDRESS) -> Iterator[Door]:
    """Take TLS on a free port, as `name`, and hand what comes on to the plain `to_port`."""
    shown, kept = certificate(folder, name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown, kept)
    listener = socket.create_server((_ADDRESS, 0))
    ended = threading.Event()

    def serve() -> None:
        while not ended.is_set():
            try:
                plain, _peer = listener.accept()
            except OSError:
                return
            threading.Thread(target=_join, args=(plain, context, to_port), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield Door(listener.getsockname()[1], shown)
    finally:
        ended.set()
        listener.close()


def _join(plain: socket.socket, context: ssl.SSLContext, to_port: int) -> None:
    with (
        contextlib.suppress(OSError),
        plain,
        context.wrap_socket(plain, server_side=True) as secure,
        socket.create_connection((_ADDRESS, to_port)) as inner,
    ):
        back = threading.Thread(target=_pump, args=(inner, secure), daemon=True)
        back.start()
        _pump(secure, inner)
        back.join(5)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
