"""The supervisor as it runs: one thread, which the kernel's notices, the agent's files and the harness wake."""

import errno
import gc
import json
import os
import select
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..control import RUN
from ..journal import Journal
from . import calls, notify, privileges
from .files import Files
from .living import processes
from .sessions import Session, end, living

NOTICES = RUN / "notices"
"""Where the container runtime brings the descriptor of each command that it starts in the agent's container."""

LAUNCHED = "\0/run/systemd/private-launch"
"""The same for the launcher, in the namespace of abstract names that the two containers share with the network."""

CONTROL = RUN / "processes.control"
RECORDS = RUN / "processes"
RECORDS_LIMIT = 64 * 1024 * 1024
SESSIONS_MOST = 4096
NOTED_MOST = 4096
"""Different records of a session that are told apart."""

REPEATS = 100
"""How often the same is written for a session; beyond that it is counted, so that a loop does not fill the record."""

REQUEST_SECONDS = 20.0
_UNHEARD = (OSError, ValueError, KeyError, TypeError)


def run(*, launched: bool) -> None:
    """Sets up the pod's network, starts the network's witness, and supervises until it is killed.

    `launched`: a launcher in the agent's container brings the notices, not the container runtime.
    """
    from .. import network  # noqa: PLC0415  the child needs it only here

    privileges.deaf()
    listeners = network.set_up()
    witness = os.fork()
    if witness == 0:
        _network(listeners)
    for listener in (*listeners.tcp, *listeners.udp):
        listener.close()
    privileges.title("/pause")
    os.umask(0)
    supervisor = Supervisor(witness, LAUNCHED if launched else str(NOTICES))
    privileges.become(privileges.SUPERVISOR, privileges.FURNISHING)
    gc.freeze()
    supervisor.serve()


def _network(listeners: Any) -> None:
    from ..daemon import serve  # noqa: PLC0415  slow to import, and the parent does not need it

    privileges.title("/node-cache -localip 127.0.0.54 -conf /etc/Corefile")
    os.umask(0)
    try:
        serve(listeners, lambda: privileges.become(privileges.NETWORK))
    finally:
        os._exit(1)


class Supervisor:
    """All that is known of the agent's container."""

    def __init__(self, witness: int, notices: str) -> None:
        self._own = {os.getpid(), witness}
        self._journal = Journal(RECORDS, RECORDS_LIMIT)
        self._poll = select.epoll()
        self._handlers: dict[int, Callable[[int], None]] = {}
        self._sessions: dict[int, Session] = {}
        self._base: set[int] = set()
        """The container's own sessions, from before any command."""

        self._count = 0
        self._files: Files | None = None
        self._main = -1
        """Descriptor of the container's first process."""

        self._opened: set[tuple[str, tuple[int, ...]]] = set()
        self._hear(os.pidfd_open(witness), self._bereaved)
        self._listen(notices, self._attach)
        self._listen(str(CONTROL), self._answer)
        self._journal.write("ready")

    def serve(self) -> None:
        """Takes whatever comes, for as long as the pod stands."""
        while True:
            for descriptor, what in self._poll.poll():
                if handler := self._handlers.get(descriptor):
                    handler(what)

    # Processes.

    def _attach(self, client: socket.socket) -> None:
        try:
            state, listener = notify.attached(client)
        except (OSError, ValueError) as error:
            self._journal.write("stray", error=str(error)[:200])
            return
        if len(self._sessions) >= SESSIONS_MOST:
            os.close(listener)  # the calls that it would tell of fail from now on
            self._journal.fault(f"more than {SESSIONS_MOST} sessions at a time")
            return
        session = Session(self._count, str(state.get("token") or state.get("pid")), listener)
        self._count += 1
        self._sessions[session.number] = session
        self._journal.write("attach", session=session.number, key=session.key)
        self._hear(listener, lambda what: self._notified(session, what))

    def _notified(self, session: Session, what: int) -> None:
        if what & select.EPOLLIN:
            try:
                call = notify.receive(session.listener)
            except OSError:
                self._detach(session)  # no listener at all: only a launcher's socket can bring such a thing
                return
            if call is not None:
                self._take(session, call)
        elif what & (select.EPOLLHUP | select.EPOLLERR):
            self._detach(session)

    def _take(self, session: Session, call: notify.Call) -> None:
        """Notes a call and lets it go on: in this order, so that nothing is done that is not on the record."""
        try:
            asked = calls.asked(call)
            who = calls.surroundings(call.pid)
        except Exception as error:  # noqa: BLE001  a call that cannot be read must be seen as a hole in the record
            if notify.waits(session.listener, call):
                self._journal.fault(f"{calls.name_of(call)}: {type(error).__name__}: {error}")
        else:
            if notify.waits(session.listener, call):  # else its caller was killed, and nothing came of it
                self._saw(session, who["pid"])
                if asked is not None:
                    self._note(session, *asked, who)
        if calls.is_vsock(call):
            notify.refuse(session.listener, call, errno.EPERM)
        else:
            notify.proceed(session.listener, call)

    def _saw(self, session: Session, pid: int) -> None:
        if not session.members:  # the command itself: when it ends, all that goes on is late
            with suppress(OSError):
                session.first = os.pidfd_open(pid)
                self._hear(session.first, lambda _: self._ended(session))
        session.saw(pid)

    def _ended(self, session: Session) -> None:
        if session.first is not None:
            self._journal.write("ended", session=session.number)
            self._forget(session.first)
            os.close(session.first)
            session.first = None

    def _note(self, session: Session, kind: str, fields: dict[str, Any], who: dict[str, int]) -> None:
        content = hash((kind, json.dumps(fields), who["uid"]))
        times = session.noted.get(content, 0)
        if times or len(session.noted) < NOTED_MOST:
            session.noted[content] = times + 1
        if times < REPEATS:
            self._journal.write(kind, session=session.number, **who, **fields)
        else:
            session.unwritten += 1

    def _detach(self, session: Session) -> None:
        self._noticed()  # what was opened was opened while it lived
        self._ended(session)
        self._forget(session.listener)
        os.close(session.listener)
        del self._sessions[session.number]
        self._journal.write("gone", session=session.number, unwritten=session.unwritten)

    def _bereaved(self, _: int) -> None:
        self._journal.fault("the network's witness has ended")
        os._exit(1)

    def _orphaned(self, _: int) -> None:
        self._journal.fault("the agent's container has ended")
        self._forget(self._main)

    # Files.

    def _agent(self) -> Files:
        if self._files is None:
            mains = [p.pid for p in processes() if p.parent == 0 and p.pid not in self._own]
            if not mains:
                raise ValueError("the agent's container does not run")
            self._own.add(min(mains))
            self._base = set(self._sessions)
            self._files = Files(min(mains))
            self._hear(self._files.notices, self._noticed)
            self._main = os.pidfd_open(min(mains))
            self._hear(self._main, self._orphaned)
        return self._files

    def _noticed(self, _: int = 0) -> None:
        if self._files is None:
            return
        alive = tuple(number for number in self._sessions if number not in self._base)
        try:
            for path in self._files.opened():
                if (path, alive) not in self._opened:
                    self._opened.add((path, alive))
                    self._journal.write("opened", path=path, sessions=list(alive))
        except OSError as error:
            self._journal.fault(str(error))

    # The harness.

    def _answer(self, client: socket.socket) -> None:
        client.settimeout(REQUEST_SECONDS)
        try:
            request = json.loads(b"".join(iter(lambda: client.recv(1 << 20), b"")))
            reply = getattr(self, f"ask_{request['command']}")(request["argument"])
        except (*_UNHEARD, AttributeError) as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        with suppress(OSError):
            client.sendall(json.dumps(reply).encode("ascii"))

    def ask_records(self, argument: dict[str, int]) -> dict[str, Any]:
        """Where in the file the records after one are."""
        self._noticed()
        self._opened.clear()
        return self._journal.state(argument["after"], argument["limit"])

    def ask_install(self, entries: list[dict[str, Any]]) -> dict[str, Any]:
        """Lays files down."""
        self._agent().lay_down(entries)
        return {}

    def ask_seal(self, watched: list[str]) -> dict[str, Any]:
        """Watches files from now on, and gives up what it takes to write any."""
        self._agent().watch(watched)
        privileges.keep(privileges.WATCHING)
        return {}

    def ask_fingerprints(self, argument: dict[str, Any]) -> dict[str, Any]:
        """Fingerprints of files."""
        self._noticed()
        found = self._agent().fingerprints(argument["before"], anew=argument["anew"])
        self._noticed()
        return {"found": found}

    def ask_living(self, _: None) -> dict[str, Any]:
        """The live processes of the agent's container, but for its first."""
        self._agent()
        return {"living": living(self._sessions.values(), self._own)}

    def ask_end(self, key: str) -> dict[str, Any]:
        """Ends every process of the session with this key."""
        found = [session for session in self._sessions.values() if session.key == key]
        return {"ended": sum(end(session) for session in found)}

    def ask_healthy(self, _: None) -> dict[str, Any]:
        """Says that it runs."""
        self._agent()
        return {}

    # Descriptors.

    def _hear(self, descriptor: int, handler: Callable[[int], None]) -> None:
        self._handlers[descriptor] = handler
        self._poll.register(descriptor, select.EPOLLIN)

    def _forget(self, descriptor: int) -> None:
        with suppress(OSError):
            self._poll.unregister(descriptor)
        del self._handlers[descriptor]

    def _listen(self, address: str, take: Callable[[socket.socket], None]) -> None:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(address)
        listener.listen(128)

        def accept(_: int) -> None:
            with suppress(OSError):
                client = listener.accept()[0]
                # Whoever connects and says nothing keeps nobody waiting.
                self._hear(client.fileno(), lambda _: heard(client))

        def heard(client: socket.socket) -> None:
            self._forget(client.fileno())
            with suppress(OSError), client:
                take(client)

        self._hear(listener.fileno(), accept)
