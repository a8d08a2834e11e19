"""The plan vendor's interface: addresses, headers, bodies and what its answers mean.

The whole wire format stands in this file and in ``vendor_values``. The vendor's real interface is not
public; when it is known, these two change and nothing else does. The HTTP client is handed in by the
worker; this module opens no connection of its own.
"""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import BaseModel, SecretStr, ValidationError

from fetlock_careplans_covetrus.vendor_errors import (
    Cause,
    VendorError,
    VendorRefusedCredentials,
    VendorRejected,
)
from fetlock_careplans_covetrus.vendor_refusals import HttpAnswer, fault_words, refusal, unreadable
from fetlock_careplans_covetrus.vendor_transport import understood, unreachable
from fetlock_careplans_covetrus.vendor_values import (
    Account,
    Plan,
    Plans,
    RecordedUsage,
    Usage,
    UsageReceipt,
)

# What may stand in a header as a credential: visible ASCII. Anything else was pasted wrongly.
_CREDENTIAL = re.compile(r"[\x21-\x7e]+")

Value = TypeVar("Value", bound=BaseModel)


class Http(Protocol):
    """``httpx.Client``, as far as it is used here. It must not follow redirects (httpx does not)."""

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        params: Mapping[str, str] | None = None,
        timeout: float = ...,
    ) -> HttpAnswer:
        """Send a request and read the whole answer; raise the library's own errors."""


class PlanVendor:
    """The plan vendor as seen from one practice account.

    Args:
        http: the client to send with.
        base_url: where the vendor listens, without ``/v1``; https, or http on a loopback address.
        api_key: the account's key.
        api_secret: the account's secret; it leaves this object in one request header only.
        timeout: seconds to wait, for the connection and for each piece of the answer; None leaves it to
            the client.

    Raises:
        VendorUnreachable: the address is not usable (``cause`` bad_address).
        VendorRefusedCredentials: key or secret is empty or holds characters that no credential has.

    Every method raises a ``VendorError`` and nothing else when the vendor is the reason.
    """

    def __init__(
        self,
        http: Http,
        base_url: str,
        api_key: str | SecretStr,
        api_secret: str | SecretStr,
        timeout: float | None = None,
    ) -> None:
        self._http = http
        self._base_url = usable_address(base_url)
        self._key = _credential(api_key, "API key")
        self._secret = _credential(api_secret, "secret")
        # None given to the client would mean to wait for ever
        self._waiting: dict[str, float] = {} if timeout is None else {"timeout": timeout}

    def account(self) -> Account:
        """The account that the credentials open; changes nothing (CP-6)."""
        return self._read(self._send("GET", "/account"), Account)

    def plans(self, client_id: str, patient_id: str) -> Plans:
        """The plans of this patient of this client, by the ids of the practice; none is no error (CP-41)."""
        params = {"pims_client_id": client_id, "pims_patient_id": patient_id}
        answer = self._read(self._send("GET", "/plans", params=params), Plans)
        ids = [plan.id for plan in answer.plans]
        if any(_of_another(plan, client_id, patient_id) for plan in answer.plans):
            raise unreadable(["plans: one belongs to another client or patient"], writing=False)
        if len(set(ids)) != len(ids):
            raise unreadable(["plans: one is named twice"], writing=False)
        return answer

    def post_usage(self, key: UUID | str, usage: Usage) -> UsageReceipt:
        """Report a usage. ``key`` is the ledger entry's uuid: sent again, it counts once (CPX-2)."""
        key = UUID(str(key))
        answer = self._send("POST", "/usages", key=key, body=usage.model_dump(mode="json"))
        receipt = self._read(answer, UsageReceipt, writing=True)
        if receipt.key != key:
            raise unreadable(["key: of another usage"], writing=True)
        return receipt

    def find_usage(self, key: UUID | str) -> RecordedUsage | None:
        """The usage that the vendor has under our key, or None when it says it has none."""
        key = UUID(str(key))
        try:
            answer = self._send("GET", f"/usages/{key}")
        except VendorRejected as rejection:
            # Any other 404 may come from a wrong address, and would prove nothing.
            if rejection.status == 404 and rejection.code == "usage_not_found":
                return None
            raise
        recorded = self._read(answer, RecordedUsage)
        if recorded.key != key:
            raise unreadable(["key: of another usage"], writing=False)
        return recorded

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        key: UUID | None = None,
        body: Any = None,
    ) -> HttpAnswer:
        """One request; an answer of 2xx, or an error."""
        writing = method != "GET"
        failure: VendorError | None
        try:
            answer = self._http.request(
                method,
                f"{self._base_url}/v1{path}",
                headers=self._headers(key),
                json=body,
                params=params,
                **self._waiting,
            )
        except Exception as error:
            failure = understood(error, writing=writing)
            if failure is None:
                raise
        else:
            failure = refusal(answer, writing=writing)
            if failure is None:
                return answer
        # Raised out here so that the library's error, which holds the request and with it the
        # secret, hangs on it neither as cause nor as context.
        raise failure

    def _headers(self, key: UUID | None) -> dict[str, str]:
        """Never kept in a local variable: tracebacks may show those."""
        return {
            "Accept": "application/json",
            "X-Api-Key": self._key.get_secret_value(),
            "X-Api-Secret": self._secret.get_secret_value(),
            **({} if key is None else {"Idempotency-Key": str(key)}),
        }

    @staticmethod
    def _read(answer: HttpAnswer, kind: type[Value], *, writing: bool = False) -> Value:
        try:
            return kind.model_validate_json(answer.content)
        except ValidationError as error:
            faults = [
                f"{'.'.join(str(step) for step in fault['loc']) or 'answer'}: {fault_words(fault)}"
                for fault in error.errors(include_url=False, include_input=False, include_context=False)
            ]
        raise unreadable(faults, writing=writing)


def usable_address(base_url: str) -> str:
    """``base_url`` without a trailing slash, when credentials may be sent there.

    Raises:
        VendorUnreachable: ``cause`` bad_address: no http(s) address, or http to another machine.
    """
    try:
        parts = urlsplit(base_url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise unreachable(Cause.BAD_ADDRESS) from None
    secure = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host or ""))
    if not host or not secure or parts.username or parts.query or parts.fragment:
        raise unreachable(Cause.BAD_ADDRESS)
    return base_url.strip().rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _credential(value: str | SecretStr, name: str) -> SecretStr:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not text:
        raise VendorRefusedCredentials(f"The {name} of the plan system is not entered.")
    if not _CREDENTIAL.fullmatch(text):
        raise VendorRefusedCredentials(
            f"The {name} of the plan system holds a space or a character that cannot be part of it."
            " Enter it again."
        )
    return SecretStr(text)


def _of_another(plan: Plan, client_id: str, patient_id: str) -> bool:
    return (plan.pims_client_id, plan.pims_patient_id) != (client_id, patient_id)
