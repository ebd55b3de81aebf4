"""Runs in the agent's container before each command, where the container runtime cannot hand the notices over itself.

Usage: launch FILTER TOKEN COMMAND..., FILTER a classic BPF program in base64. It brings the listener of its own and of
all that it starts to the supervisor, by an abstract name in the network namespace that they share, and becomes the
command.
"""

import array
import base64
import ctypes
import json
import os
import socket
import sys

ADDRESS = "\0/run/systemd/private-launch"
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_SET_MODE_FILTER, _NEW_LISTENER = 1, 8
_INSTRUCTION = 8


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def main() -> None:
    code, token, *command = sys.argv[1:]
    instructions = base64.b64decode(code)
    program = _Program(len(instructions) // _INSTRUCTION, instructions)
    libc = ctypes.CDLL(None, use_errno=True)
    with socket.socket(socket.AF_UNIX) as supervisor:
        supervisor.connect(ADDRESS)  # before the filter: nobody would let this go on
        number = _SECCOMP[os.uname().machine]
        listener = libc.syscall(number, _SET_MODE_FILTER, _NEW_LISTENER, ctypes.byref(program))
        if listener < 0:
            raise OSError(ctypes.get_errno(), "seccomp failed")
        message = json.dumps({"fds": ["seccompFd"], "token": token}).encode("ascii")
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [listener]))
        supervisor.sendmsg([message], [rights])
        os.close(listener)
    try:
        os.execvp(command[0], command)  # noqa: S606  the command is what this is asked to become
    except FileNotFoundError:
        sys.stdout.write(f'exec: "{command[0]}": executable file not found in $PATH\n')
        sys.exit(127)
    except PermissionError:
        sys.stdout.write(f'exec: "{command[0]}": permission denied\n')
        sys.exit(126)


if __name__ == "__main__":
    main()
