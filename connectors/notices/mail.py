"""Notices by mail, over TLS. The Message-ID is made from the notice: mail systems drop a second copy.

One connection a message; a log-in only under TLS. What was refused before the text was sent did not happen; a line that
breaks after it leaves an unknown outcome.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from connectors.base import (
    AuthError,
    Clock,
    DataError,
    ProtocolError,
    RemoteError,
    TransientError,
    UnknownOutcomeError,
)
from connectors.notices.channel import ChannelSettings, Notice
from connectors.notices.webhook import is_loopback
from connectors.redact import redact

_PORTS: Final = {"starttls": 587, "implicit": 465, "none": 25}
_LONGEST_SUBJECT: Final = 200
_ADDRESS: Final = re.compile(r"[\w.+%'&*/=?^`{|}~!#$-]+@[\w.-]+", re.ASCII)


class MailChannel:
    """One mail server and sender."""

    keyed = True

    def __init__(self, settings: ChannelSettings, clock: Clock) -> None:
        self.name = settings.name
        self._settings, self._clock = settings, clock
        if settings.tls == "none" and not is_loopback(settings.host):
            raise ProtocolError(
                f"{settings.name} would send mail in clear text", action='Set tls to "starttls" or "implicit".'
            )

    def send(self, notice: Notice, to: Sequence[str]) -> Sequence[str]:
        """See `Channel.send`. With every addressee refused: DataError."""
        usable = [address for address in to if _ADDRESS.fullmatch(address)]
        if not usable:
            raise DataError(f"{self.name} has nobody to write to", action="Name an address in its `to`.")
        message = self._message(notice, usable)
        with self._connection() as line:
            return [one for one in to if one not in usable] + self._deliver(line, message, usable)

    def close(self) -> None:
        """Holds nothing between two messages."""

    def _message(self, notice: Notice, to: Sequence[str]) -> EmailMessage:
        made = EmailMessage()
        made["From"] = self._settings.sender
        made["To"] = ", ".join(to)
        made["Subject"] = " ".join(notice.subject.split())[:_LONGEST_SUBJECT]
        made["Date"] = format_datetime(datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC))
        made["Message-ID"] = f"<{notice.notice_id}@{self._settings.sender.rpartition('@')[2]}>"
        made["Auto-Submitted"] = "auto-generated"
        made.set_content("\n".join([*notice.lines, *([notice.link] if notice.link else [])]) + "\n")
        return made

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        """Connected, encrypted and logged in."""
        settings = self._settings
        port, timeout_s = settings.port or _PORTS[settings.tls], settings.policy.timeouts()[1]
        context = ssl.create_default_context(cafile=settings.ca_bundle)
        line: smtplib.SMTP | None = None
        try:
            if settings.tls == "implicit":
                line = smtplib.SMTP_SSL(settings.host, port, timeout=timeout_s, context=context)
            else:
                line = smtplib.SMTP(settings.host, port, timeout=timeout_s)
            line.ehlo_or_helo_if_needed()
            if settings.tls == "starttls":
                line.starttls(context=context)
                line.ehlo()
            if settings.user:
                line.login(settings.user, settings.password)
        except (smtplib.SMTPException, OSError) as error:
            if line is not None:
                line.close()
            raise self._failure(error) from None
        try:
            yield line
        finally:
            with suppress(smtplib.SMTPException, OSError):  # the message is through or not by now
                line.quit()

    def _deliver(self, line: smtplib.SMTP, message: EmailMessage, to: Sequence[str]) -> list[str]:
        try:
            code, said = line.mail(self._settings.sender)
            if code != 250:
                raise self._refusal(code, said, "the sender")
            refused = [(address, *line.rcpt(address)) for address in to]
            refused = [one for one in refused if one[1] not in (250, 251)]
            if any(400 <= code < 500 for _, code, _ in refused) or len(refused) == len(to):
                _, code, said = next((one for one in refused if one[1] < 500), refused[0])
                raise self._refusal(code, said, "the addressee")
        except (smtplib.SMTPException, OSError) as error:
            raise self._failure(error) from None
        try:
            code, said = line.data(message.as_bytes(policy=message.policy.clone(linesep="\r\n")))
        except smtplib.SMTPDataError as error:  # refused before the text
            raise self._refusal(error.smtp_code, error.smtp_error, "the message") from None
        except (smtplib.SMTPException, OSError) as error:
            raise UnknownOutcomeError(f"{self.name}: the line broke after the text ({type(error).__name__})") from None
        if code != 250:
            raise self._refusal(code, said, "the message")
        return [address for address, _, _ in refused]

    def _refusal(self, code: int, said: bytes | str, what: str) -> RemoteError:
        detail = redact(said.decode("utf-8", "replace") if isinstance(said, bytes) else said)
        message = f"{self.name} refused {what}: {code} {' '.join(detail.split())[:200]}"
        if code < 500:
            return TransientError(message, code=str(code))
        return DataError(message, code=str(code), action=f"Correct the addresses of the notice {self.name}.")

    def _failure(self, error: Exception) -> RemoteError:
        """What went wrong before the text was sent: nothing was done."""
        name = type(error).__name__
        if isinstance(error, smtplib.SMTPAuthenticationError):
            return AuthError(f"{self.name} refused the log-in", action="Set user and password of the notice anew.")
        if isinstance(error, ssl.SSLCertVerificationError):
            return AuthError(
                f"the certificate of {self.name} is not trusted",
                code="TLS",
                action="Set its ca_bundle to the authority of that server, or look for a machine in between.",
            )
        if isinstance(error, smtplib.SMTPNotSupportedError):
            return ProtocolError(
                f"{self.name} does not offer TLS or log-in as asked for", action="Correct its tls, host or port."
            )
        if isinstance(error, smtplib.SMTPResponseException):
            return self._refusal(error.smtp_code, error.smtp_error, "the connection")
        return TransientError(f"no connection to {self.name} ({name})")
