"""Handing letters to the server for e-mail, and saying honestly how that ended.

Nothing of what the server says is kept but its code: its words may quote an address. Nothing is
logged here but the sort of trouble.
"""

import re
import smtplib
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as CRLF

from flask import current_app

from config import MAIL_ADDRESS, Mail
from hub.domain.letters import Ending, ending_of

PATIENCE = 10.0  # seconds for each answer of the server
ALL_IN_ALL = 45.0  # seconds for one line, so that a server that drips holds nobody


class Trouble(Exception):
    """The server cannot be spoken to at all; `why` is a sentence without names."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Said:
    """How an attempt ended, and why in our words; the server's code where there is one."""

    ending: Ending
    why: str = ""


def mail() -> Mail | None:
    """Return the server that is set up; None if e-mail is off."""
    found: Mail | None = current_app.config["MAIL"]
    return found


def public_url() -> str:
    """Return the address of the hub, as links in letters begin."""
    found: str = current_app.config["PUBLIC_URL"]
    return found


class Line:
    """An open conversation with the server, for as many letters as there are."""

    def __init__(self, server: Mail) -> None:
        """Greet the server, encrypt, sign in.

        Raises:
            Trouble: it does not answer, refuses us, or cannot be trusted. No letter was touched.
        """
        self._ends = time.monotonic() + ALL_IN_ALL
        self._server = server
        self.broken = False
        try:
            self._smtp = self._greeted()
        except (OSError, smtplib.SMTPException) as error:  # TLS errors are among the first
            raise Trouble(_trouble(error)) from None

    def _greeted(self) -> smtplib.SMTP:
        server = self._server
        context = ssl.create_default_context(cafile=server.ca_file or None)
        if server.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=PATIENCE, context=context)
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=PATIENCE)
        try:
            if server.security == "starttls":
                smtp.starttls(context=context)
            if server.user:
                smtp.login(server.user, server.password)
            smtp.ehlo_or_helo_if_needed()
        except BaseException:
            smtp.close()
            raise
        return smtp

    @property
    def has_time(self) -> bool:
        """Whether there is time for another letter."""
        return not self.broken and time.monotonic() < self._ends

    def send(self, to: str, letter: EmailMessage) -> Said:
        """Hand over one letter. After `broken` nothing more can be said on this line."""
        if not MAIL_ADDRESS.fullmatch(to) or not to.isascii():
            return Said(Ending.NEVER, "The account's e-mail address cannot be used.")
        said = False  # whether the last byte of the letter has been given away
        steps: tuple[Callable[[], tuple[int, bytes]], ...] = (
            lambda: self._smtp.mail(self._server.sender),
            lambda: self._smtp.rcpt(to),
            lambda: self._smtp.docmd("DATA"),
        )
        try:
            for step in steps:
                self._check_time()
                code, _ = step()
                if code // 100 not in (2, 3):
                    return self._refused(code)
            self._smtp.send(_stuffed(letter.as_bytes(policy=CRLF)))
            self._check_time()
            said = True
            self._smtp.send(b".\r\n")
            code, _ = self._smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self.broken = True
            if said:
                return Said(Ending.UNSURE, "No answer came after the whole letter was handed over.")
            return Said(Ending.LATER, _trouble(error))
        return Said(Ending.SENT) if code // 100 == 2 else self._refused(code)

    def close(self) -> None:
        """Say goodbye, if that is possible."""
        with suppress(OSError, smtplib.SMTPException):
            if self.broken:
                self._smtp.close()
            else:
                self._smtp.quit()

    def _refused(self, code: int) -> Said:
        with suppress(OSError, smtplib.SMTPException):
            self._smtp.rset()
        if code == 421 or code < 0:
            self.broken = True
        ending = ending_of(code) if code > 0 else Ending.LATER
        what = "refused the letter" if ending is Ending.NEVER else "put the letter off"
        return Said(ending, f"The mail server {what} (code {code}).")

    def _check_time(self) -> None:
        if time.monotonic() >= self._ends:
            raise TimeoutError


def telephone() -> str:
    """Return the number on which a practice reaches the hub, for what no letter can do; "" if it has none."""
    number: str = current_app.config["HUB_TELEPHONE"]
    return number


def _stuffed(text: bytes) -> bytes:
    """Return a letter as it is sent: a line that begins with a dot gets another (RFC 5321, 4.5.2)."""
    ended = text if text.endswith(b"\r\n") else text + b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", ended)


def _trouble(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"The mail server does not accept our name and password (code {error.smtp_code})."
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "The mail server does not offer what is set up (encryption, or signing in)."
    if isinstance(error, smtplib.SMTPResponseException):
        return f"The mail server refused the line (code {error.smtp_code})."
    if isinstance(error, ssl.SSLError):
        return "The mail server's certificate cannot be trusted, or it does not speak TLS."
    # smtplib says of a silent server that it hung up.
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return "The mail server did not answer in time."
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "The mail server hung up."
    return "The mail server cannot be reached."
