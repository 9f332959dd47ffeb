"""A real SMTP server in a process of its own, which behaves as a file tells it.

It takes letters over STARTTLS from whoever signs in, and writes each one that it has taken to a file.
"""

import asyncio
import contextlib
import datetime as dt
import json
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_string
from email.message import Message
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from config import Mail
from hub.processes import wait_until

USER, PASSWORD, SENDER = "hub", "only-for-tests", "hub@mail.example"


@dataclass(frozen=True)
class MailServer:
    """The running server: how it is reached, how it is told to behave, what it has taken."""

    folder: Path
    port: int

    @property
    def mail(self) -> Mail:
        """The settings of a hub that uses it."""
        return Mail(
            host="localhost", port=self.port, security="starttls", sender=SENDER, user=USER,
            password=PASSWORD, ca_file=str(self.folder / "cert.pem"),
        )  # fmt: skip

    def behaves(self, how: str) -> None:
        """Have it accept, greylist, refuse, refuse_data, hang, drop, swallow or hold from now on."""
        (self.folder / "how").write_text(how)

    def taken(self) -> list[Message]:
        """The letters it has taken, oldest first, with the envelope's recipient as X-Taken-For."""
        path = self.folder / "taken"
        lines = path.read_text().splitlines() if path.exists() else []
        found = []
        for line in lines:
            entry = json.loads(line)
            letter = message_from_string(entry["letter"])
            letter["X-Taken-For"] = entry["to"]
            found.append(letter)
        return found

    def forget(self) -> None:
        """Accept again, with nothing taken."""
        self.behaves("accept")
        (self.folder / "taken").unlink(missing_ok=True)


@contextlib.contextmanager
def mail_server(folder: Path) -> Iterator[MailServer]:
    """A server in a process of its own, listening on a free port."""
    _make_certificate(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = MailServer(folder, port)
    server.forget()
    command = [sys.executable, "-m", "tests.support.mail_server", str(folder), str(port)]
    process = subprocess.Popen(command)
    try:
        assert wait_until(lambda: _listens(port), seconds=60)
        yield server
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _make_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))


class _Handler:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen: set[str] = set()

    def how(self) -> str:
        return (self.folder / "how").read_text()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        how = self.how()
        if how == "refuse":
            return f"550 no such user {address}"
        if how == "greylist" and address not in self.seen:
            self.seen.add(address)
            return "451 come again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        how = self.how()
        if how == "refuse_data":
            return "554 we do not like this"
        content = envelope.content or b""
        text = content if isinstance(content, str) else content.decode()
        with (self.folder / "taken").open("a") as file:
            file.write(json.dumps({"to": envelope.rcpt_tos[0], "letter": text}) + "\n")
        if how == "swallow":
            assert server.transport is not None
            server.transport.close()
        if how == "hold":
            await asyncio.sleep(60)
        return "250 taken"


class _Server(SMTP):
    @property
    def _how(self) -> str:
        handler: _Handler = self.event_handler
        return handler.how()

    async def smtp_EHLO(self, hostname: str) -> None:
        if self._how == "hang":
            await asyncio.sleep(60)
        await super().smtp_EHLO(hostname)

    async def smtp_DATA(self, arg: str) -> None:
        if self._how == "drop":
            await self.push("354 go on")
            await asyncio.sleep(0.05)
            assert self.transport is not None
            self.transport.close()
            return
        await super().smtp_DATA(arg)


def _authenticated(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    good = data.login == USER.encode() and data.password == PASSWORD.encode()
    return AuthResult(success=good, handled=good)


async def _serve(folder: Path, port: int) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    handler = _Handler(folder)

    def made() -> _Server:
        return _Server(
            handler, tls_context=context, require_starttls=True, auth_required=True, hostname="localhost",
            authenticator=_authenticated,
        )  # fmt: skip

    server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), int(sys.argv[2])))
