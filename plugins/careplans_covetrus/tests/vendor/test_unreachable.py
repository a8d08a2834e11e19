"""No talking to the vendor: name, port, TLS, silence, a line that breaks, an address that is none."""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fetlock.clock import now
from fetlock_careplans_covetrus.vendor_api import PlanVendor, usable_address
from fetlock_careplans_covetrus.vendor_errors import Cause, VendorTimeout, VendorUnreachable


def failure(http: httpx.Client, address: str, timeout: float = 5) -> VendorUnreachable:
    with pytest.raises(VendorUnreachable) as failed:
        PlanVendor(http, address, "KEY", "secret", timeout=timeout).account()
    assert failed.value.__cause__ is failed.value.__context__ is None
    assert not failed.value.is_unclear
    return failed.value


@pytest.mark.req("CP-7")
def test_a_name_that_is_not_found(http: httpx.Client) -> None:
    error = failure(http, "https://plans.nowhere.invalid")
    assert error.cause is Cause.NAME_NOT_FOUND
    assert "not found" in error.user_message
    assert error.retryable


@pytest.mark.req("CP-7")
def test_nobody_listens(http: httpx.Client, usage: Any, key: UUID) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{reserved.getsockname()[1]}"
        error = failure(http, address)
        assert error.cause is Cause.REFUSED
        assert error.retryable
        with pytest.raises(VendorUnreachable) as posting:
            PlanVendor(http, address, "KEY", "secret").post_usage(key, usage())
        assert not posting.value.is_unclear, "nothing was sent"


@pytest.mark.req("CP-7")
def test_no_connection_in_time(http: httpx.Client, usage: Any, key: UUID) -> None:
    with ExitStack() as open_sockets, socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):  # fill the queue of connections, so that the next one waits
            waiting = open_sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        vendor = PlanVendor(http, f"http://127.0.0.1:{full.getsockname()[1]}", "KEY", "secret", timeout=0.3)
        with pytest.raises(VendorTimeout) as failed:
            vendor.post_usage(key, usage())
        assert not failed.value.is_unclear, "nothing was sent"
        assert failed.value.retryable


def test_the_line_breaks_after_sending(http: httpx.Client, usage: Any, key: UUID) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def hang_up() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)

        thread = threading.Thread(target=hang_up)
        thread.start()
        vendor = PlanVendor(http, f"http://127.0.0.1:{listener.getsockname()[1]}", "KEY", "secret")
        with pytest.raises(VendorUnreachable) as failed:
            vendor.post_usage(key, usage())
        thread.join()
        assert failed.value.cause is Cause.CONNECTION_LOST
        assert failed.value.is_unclear
        assert failed.value.retryable


@pytest.mark.parametrize(
    "address",
    ["", "plans.example", "ftp://plans.example", "https://", "http://plans.example", "http://10.0.0.7:8700",
     "http://127.0.0.1.evil.example", "https://key:secret@plans.example", "https://plans.example/?a=b",
     "https://plans.example:port", "https://[::1", "file:///etc/passwd"],
)  # fmt: skip
def test_an_address_that_cannot_be_used(http: httpx.Client, address: str) -> None:
    """No credentials leave over plain http, but to this very computer."""
    with pytest.raises(VendorUnreachable) as failed:
        PlanVendor(http, address, "KEY", "secret")
    assert failed.value.cause is Cause.BAD_ADDRESS
    assert not failed.value.retryable


def test_addresses_that_can_be_used() -> None:
    assert usable_address(" https://plans.example/merchant/ ") == "https://plans.example/merchant"
    for local in ("http://127.0.0.1:8700", "http://localhost:8700", "http://[::1]:8700"):
        assert usable_address(local) == local


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 with its key, in one file; it signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + timedelta(days=1))
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


@contextmanager
def tls_server(certificate: Path, newest: ssl.TLSVersion) -> Iterator[str]:
    """Shakes hands once with nothing newer than `newest`, then hangs up."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.maximum_version = newest
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def shake() -> None:
            connection, _ = listener.accept()
            try:
                context.wrap_socket(connection, server_side=True).close()
            except (ssl.SSLError, OSError):
                connection.close()

        thread = threading.Thread(target=shake)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


@pytest.mark.req("CP-7")
def test_a_certificate_that_nobody_vouches_for(http: httpx.Client, certificate: Path) -> None:
    with tls_server(certificate, ssl.TLSVersion.TLSv1_3) as address:
        error = failure(http, address)
    assert error.cause is Cause.TLS
    assert "secure connection" in error.user_message


def test_https_to_a_plain_port(sandbox: Any, http: httpx.Client) -> None:
    assert failure(http, sandbox.address.replace("http:", "https:")).cause is Cause.TLS


def test_a_protocol_too_old(certificate: Path) -> None:
    """The client's least is above the server's best, as when a server ends at TLS 1.1."""
    context = ssl.create_default_context(cafile=certificate)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    with (
        httpx.Client(verify=context, trust_env=False) as strict,
        tls_server(certificate, ssl.TLSVersion.TLSv1_2) as address,
    ):
        error = failure(strict, address)
    assert error.cause is Cause.TLS_TOO_OLD
    assert "too old" in error.user_message
    assert not error.retryable


def test_an_error_of_our_own_is_not_blamed_on_the_vendor(sandbox: Any) -> None:
    client = httpx.Client()
    client.close()
    with pytest.raises(RuntimeError, match="closed"):
        PlanVendor(client, sandbox.address, "KEY", "secret").account()
