"""What can go wrong between us and the plan vendor: one class each, in words that staff can act on.

No text here holds a credential, an address with its query, or anything of a patient.
"""

from enum import StrEnum


class VendorError(Exception):
    """Base of every failure.

    Attributes:
        user_message: what happened and what to do, for staff. The support contact is the caller's to add.
        is_unclear: the vendor may have accepted what was sent.
        retryable: the same request may succeed later without anybody doing anything.
    """

    retryable = True

    def __init__(self, user_message: str, *, is_unclear: bool = False) -> None:
        super().__init__(user_message)
        self.user_message = user_message
        self.is_unclear = is_unclear


class VendorRefusedCredentials(VendorError):
    """The API key and secret are missing, malformed or refused (401, 403)."""

    retryable = False


class VendorTimeout(VendorError):
    """No answer in time."""


class Cause(StrEnum):
    """Why the vendor could not be reached."""

    NAME_NOT_FOUND = "name_not_found"
    REFUSED = "connection_refused"
    TLS = "tls"
    TLS_TOO_OLD = "tls_too_old"
    CONNECTION_LOST = "connection_lost"
    BAD_ADDRESS = "bad_address"
    OTHER = "other"


class VendorUnreachable(VendorError):
    """There was no talking to the vendor; ``cause`` says why.

    ``connection_lost`` alone can be unclear: what was sent may have arrived.
    """

    def __init__(self, user_message: str, *, cause: Cause, is_unclear: bool = False) -> None:
        super().__init__(user_message, is_unclear=is_unclear)
        self.cause = cause
        self.retryable = cause not in (Cause.BAD_ADDRESS, Cause.TLS_TOO_OLD)


class VendorAnswerUnreadable(VendorError):
    """An answer that is no JSON, lacks fields or contradicts the question; ``faults`` names what."""

    def __init__(self, user_message: str, *, faults: tuple[str, ...], is_unclear: bool = False) -> None:
        super().__init__(user_message, is_unclear=is_unclear)
        self.faults = faults


class VendorRejected(VendorError):
    """The vendor understood and said no (4xx).

    Attributes:
        status: the HTTP status; 409 is a conflict with the plan's state or with an earlier use of the key.
        code: the vendor's word for it, such as ``over_allotment``, ``plan_not_active``, ``term_not_open``,
            ``code_not_covered``, ``below_zero``, ``key_reused``, ``plan_not_found``, ``item_not_found``.
        message: the vendor's own sentence.
    """

    retryable = False

    def __init__(self, user_message: str, *, status: int, code: str, message: str) -> None:
        super().__init__(user_message)
        self.status = status
        self.code = code
        self.message = message

    @property
    def is_conflict(self) -> bool:
        """Whether the plan's state at the vendor is what stands against it."""
        return self.status == 409 and self.code != "key_reused"


class VendorUnavailable(VendorError):
    """The vendor is down or asks us to slow down (5xx, 429). ``retry_after``: seconds, or None."""

    def __init__(
        self, user_message: str, *, status: int, retry_after: int | None, is_unclear: bool = False
    ) -> None:
        super().__init__(user_message, is_unclear=is_unclear)
        self.status = status
        self.retry_after = retry_after
