"""FTP, IMAP and POP3 as their clients meet them, also inside TLS; Python's own clients speak them."""

from __future__ import annotations

import asyncio
import ftplib
import imaplib
import io
import poplib
import ssl
from pathlib import Path
from typing import Any

import pytest

from gyges.sandbox.authority import authority
from gyges.sandbox.witness import connection as connections
from gyges.sandbox.witness import dialogue
from gyges.sandbox.witness import ftp as server

from .conftest import played, say, stored

Places = list[tuple[str, int]]
HERE = "127.0.0.1"


def trusting() -> ssl.SSLContext:
    """The client's side of TLS, which knows the authority but not this machine's address."""
    context = ssl.create_default_context(cafile=str(authority() / "ca.crt"))
    context.check_hostname = False
    return context


def ftp(port: int, asked_for: Places, *, tls: bool) -> ftplib.FTP:
    """A client that is logged in, and makes its data connections to where everything arrives here."""

    class Client(ftplib.FTP_TLS if tls else ftplib.FTP):  # type: ignore[misc]
        def makepasv(self) -> tuple[str, int]:
            asked_for.append(super().makepasv())
            return HERE, port

    asked_for.append((HERE, 21))
    client: Any = Client(timeout=5, context=trusting()) if tls else Client(timeout=5)
    client.connect(HERE, port)
    client.login("ops", "pass-w0rd")
    if tls:
        client.prot_p()
    return client


@pytest.mark.parametrize("tls", [False, True])
def test_ftp(tls: bool, tmp_path: Path, asked_for: Places) -> None:
    """An upload is on record with path, login and bytes, whether inside TLS or not; there is nothing to fetch."""

    def talk(port: int) -> None:
        with ftp(port, asked_for, tls=tls) as client:
            assert client.mkd("in") == "/in"
            client.cwd("in")
            assert client.pwd() == "/in"
            assert client.storbinary("STOR a", io.BytesIO(b"abc" * 50_000)).startswith("226")
            assert client.size("a") == 150_000
            assert client.nlst() == []
            client.storbinary("APPE ../b", io.BytesIO(b"more"))
            with pytest.raises(ftplib.error_perm, match="550"):
                client.retrbinary("RETR a", print)
            client.set_pasv(False)
            with pytest.raises(ftplib.error_perm, match="500 Illegal"):
                client.storbinary("STOR c", io.BytesIO(b"x"))

    records = played(tmp_path, lambda port: asyncio.to_thread(talk, port))
    login, *files = [r for r in records if r["kind"] == "ftp"]
    assert (login["event"], login["path"]) == ("auth", None)
    assert [(r["event"], r["path"], stored(r)) for r in files] == [
        ("file", "/in/a", b"abc" * 50_000),
        ("file", "/b", b"more"),
    ]
    assert {(r["port"], r["tls"], r["username"], r["password"]) for r in [login, *files]} == {
        (21, tls, "ops", "pass-w0rd")
    }
    assert [r["accepted"] for r in records if r["kind"] == "tls"] == [True] * (4 if tls else 0)
    (control,) = [r for r in records if r["kind"] == "tcp" and r["port"] == 21]
    assert b"USER ops\r\nPASS pass-w0rd\r\n" in stored(control)
    assert stored(control).endswith(b"QUIT\r\n")
    assert {r["protocol"] for r in records if r["kind"] == "tcp" and r["bytes_in"]} == {"ftp"}


def test_upload_that_breaks_off(tmp_path: Path, asked_for: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """What came of a file is on record when nothing more comes, and a data connection that never comes is told."""
    monkeypatch.setattr(connections, "IDLE", 0.3)
    monkeypatch.setattr(server, "IDLE", 0.3)

    def talk(port: int) -> None:
        client = ftp(port, asked_for, tls=False)
        channel = client.transfercmd("STOR a")
        channel.sendall(b"part")
        with pytest.raises(ftplib.error_temp, match="426"):
            client.voidresp()
        channel.close()
        client.sendcmd("EPSV")
        client.putcmd("STOR b")
        assert client.getresp().startswith("150")
        with pytest.raises(ftplib.error_temp, match="425"):
            client.voidresp()
        with pytest.raises(ftplib.error_temp, match="425 Use"):
            client.sendcmd("STOR c")
        client.close()

    records = played(tmp_path, lambda port: asyncio.to_thread(talk, port))
    assert [(r["path"], stored(r)) for r in records if r["kind"] == "ftp" and r["event"] == "file"] == [("/a", b"part")]


def test_imap(tmp_path: Path, asked_for: Places) -> None:
    """After STARTTLS login and message are on record as they came, and so is the name that TLS was begun for."""
    asked_for.append((HERE, 143))

    def talk(port: int) -> None:
        client = imaplib.IMAP4(HERE, port, timeout=5)
        assert client.starttls(trusting())[0] == "OK"
        assert client.login("ops", "pass-w0rd")[0] == "OK"
        assert client.append("INBOX", None, None, b"Subject: s\r\n\r\nsecret {3}")[0] == "OK"  # type: ignore[arg-type]
        assert client.select() == ("OK", [b"0"])
        assert client.search(None, "ALL") == ("OK", [b""])
        client.logout()

    tls, tcp = played(tmp_path, lambda port: asyncio.to_thread(talk, port))
    assert (tls["accepted"], tls["port"], tcp["protocol"]) == (True, 143, "imap")
    assert b'LOGIN ops "pass-w0rd"\r\n' in stored(tcp)
    assert b"Subject: s\r\n\r\nsecret {3}\r\n" in stored(tcp)


@pytest.mark.parametrize("inside", [False, True])
def test_pop3(inside: bool, tmp_path: Path, asked_for: Places) -> None:
    """Inside TLS, begun at once or by STLS, a login is on record and opens an empty mailbox."""
    asked_for.append((HERE, 995 if inside else 110))

    def talk(port: int) -> None:
        client: Any = poplib.POP3_SSL if inside else poplib.POP3
        client = client(HERE, port, timeout=5, **({"context": trusting()} if inside else {}))
        if not inside:
            client.stls(trusting())
        client.user("ops")
        client.pass_("pass-w0rd")
        assert client.stat() == (0, 0)
        client.quit()

    tls, tcp = played(tmp_path, lambda port: asyncio.to_thread(talk, port))
    assert (tls["accepted"], tcp["protocol"], tcp["error"]) == (True, "pop3", None)
    assert stored(tcp).endswith(b"USER ops\r\nPASS pass-w0rd\r\nSTAT\r\nQUIT\r\n")


@pytest.mark.parametrize(
    ("port", "said", "protocol", "answer"),
    [
        (21, b"SITE x\r\nNONSENSE\r\n", "ftp",
         b"220 (vsFTPd 3.0.3)\r\n200 SITE command ok.\r\n500 Unknown command.\r\n"),
        (21, b"GET / HTTP/1.0\r\n\r\n", "http", None),
        (21, b"\xff" * 40_000, "ftp", None),
        (21, b"AUTH TLS\r\nno hello\r\n", "ftp", b"220 (vsFTPd 3.0.3)\r\n234 Proceed with negotiation.\r\n"),
        (143, b"a LOGIN {3}\r\nops {4+}\r\npass\r\nb\r\n", "imap", None),
        (143, b"a APPEND x {99999999}\r\nshort", "imap", None),
        (110, b"AUTH PLAIN\r\nb3Bz\r\nRETR 1\r\n", "pop3",
         b"+OK Dovecot (Debian) ready.\r\n+ \r\n+OK\r\n-ERR There's no message 1.\r\n"),
    ],
)  # fmt: skip
def test_kept_raw(
    port: int, said: bytes, protocol: str, answer: bytes | None, tmp_path: Path, asked_for: Places
) -> None:
    """Whatever is said there is kept as it came, and none of it is a fault."""
    asked_for.append((HERE, port))

    async def client(port: int) -> None:
        heard = await say(port, said, pause=0.3)
        assert answer is None or heard == answer

    records = played(tmp_path, client)
    assert [r for r in records if r["kind"] == "fault"] == []
    tcp = records[-1]
    assert (tcp["protocol"], tcp["bytes_in"] >= len(said)) == (protocol, True)
    assert protocol == "http" or said.startswith(stored(tcp)[: len(said)])


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        ([b"a\r\nb\n", b"c", b"d\r\n"], ["a", "b", "cd"]),
        ([b"x" * 20_000, b"\n"], ["x" * dialogue.LINE_LIMIT, "x" * (20_000 - dialogue.LINE_LIMIT)]),
        ([b"\xff\r\n", b"unended"], ["\\xff"]),
    ],
)
def test_lines(pieces: list[bytes], lines: list[str]) -> None:
    """Lines are the same in whatever pieces they come; one that is too long is several."""

    class Wire:
        spilled = b""

        async def read(self) -> bytes:
            return pieces.pop(0) if pieces else b""

        def spill(self, data: bytes) -> None:
            self.spilled += data

    async def talk() -> None:
        wire: Any = Wire()
        whole = b"".join(pieces)
        it = dialogue.Dialogue(wire, wire, None)
        assert [await it.line() for _ in lines] == lines
        assert await it.line() is None
        assert wire.spilled == whole

    asyncio.run(talk())
