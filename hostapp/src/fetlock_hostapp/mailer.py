"""Sending e-mail by SMTP, and telling what surely did not go out from what may have (PL-8, H-41)."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr, formatdate
from typing import Final

from fetlock import clock
from fetlock.contracts import Delivery, DeliveryState
from fetlock.domain.messages.sending import Letter

_SECONDS: Final = 20.0
_WIRE: Final = SMTP
"""Lines end with CRLF on the wire: many servers refuse a bare LF, and smtplib mends text alone, not bytes."""


class SmtpMailer:
    """A new connection for each letter: a clinic sends few, and nothing is left open."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds

    def send(self, letter: Letter) -> Delivery:
        """Send one letter. Until its text was handed over, any failure means that nothing was sent."""
        message = _compose(letter)
        handed_over = False
        try:
            with self._connected(letter) as server:
                server.ehlo_or_helo_if_needed()
                _expect(server.mail(letter.server.sender))
                _expect(server.rcpt(letter.to))
                handed_over = True
                _expect(server.data(message.as_bytes(policy=_WIRE)))
                handed_over = False  # the server's answer is known; what follows is only good manners
                return Delivery(state=DeliveryState.DELIVERED, reference=str(message["Message-ID"])[:120])
        except smtplib.SMTPResponseException as error:
            return _refused(error, letter.server.host)
        except smtplib.SMTPNotSupportedError:
            return _not_sent(
                "The mail server offers no encryption as it is set. Check “Encryption” and port."
            )
        except ssl.SSLError:
            return _not_sent("No encrypted connection to the mail server. Check “Encryption” and port.")
        except (smtplib.SMTPException, OSError) as error:
            if handed_over:
                return Delivery(
                    state=DeliveryState.UNCLEAR,
                    message="The connection broke while it was sent: it may have arrived.",
                )
            kind = "did not answer in time" if isinstance(error, TimeoutError) else "cannot be reached"
            return _not_sent(f"The mail server {letter.server.host}:{letter.server.port} {kind}.")

    @contextmanager
    def _connected(self, letter: Letter) -> Iterator[smtplib.SMTP]:
        settings = letter.server
        context = ssl.create_default_context()
        server = (
            smtplib.SMTP_SSL(settings.host, settings.port, timeout=self._seconds, context=context)
            if settings.security == "tls"
            else smtplib.SMTP(settings.host, settings.port, timeout=self._seconds)
        )
        try:
            if settings.security == "starttls":
                server.starttls(context=context)
            if settings.user:
                password = settings.password.get_secret_value() if settings.password else ""
                server.login(settings.user, password)
            yield server
        finally:
            try:
                server.quit()
            except (smtplib.SMTPException, OSError):
                server.close()


def _compose(letter: Letter) -> EmailMessage:
    message = EmailMessage()
    sender = letter.server.sender
    message["From"] = formataddr((letter.server.sender_name, sender)) if letter.server.sender_name else sender
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = formatdate(clock.now().timestamp())
    message["Message-ID"] = f"<{letter.key}@{sender.rpartition('@')[2] or 'fetlock'}>"
    message.set_content(letter.body)
    return message


def _expect(answer: tuple[int, bytes]) -> None:
    code, text = answer
    if code >= 400:
        raise smtplib.SMTPResponseException(code, text)


def _refused(error: smtplib.SMTPResponseException, host: str) -> Delivery:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return _not_sent(f"The mail server {host} refused user name or password.")
    permanent = error.smtp_code >= 500
    return Delivery(
        state=DeliveryState.REJECTED if permanent else DeliveryState.RETRY,
        message=f"The mail server {host} {'refused the message' if permanent else 'asks to try later'} "
        f"({error.smtp_code}).",
    )


def _not_sent(message: str) -> Delivery:
    return Delivery(state=DeliveryState.RETRY, message=message)
