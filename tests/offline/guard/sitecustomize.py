"""Python's own ear in every process of a test: notes each connection and each file opened for writing.

Python runs this at its start because the folder stands on the path; workers inherit it.
"""

import os
import sys

_NOTES = os.open(f"{os.environ['CRYOVES_GUARD']}/{os.getpid()}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
_TALKING = {
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.sendmsg": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "urllib.Request": 0,
}
_MAKING = {"os.mkdir": 0, "os.rename": 1, "os.link": 1, "os.symlink": 1, "sqlite3.connect": 0}


def _hear(event: str, args: tuple) -> None:
    if event in _TALKING and not isinstance(
        args[_TALKING[event]], str | bytes
    ):  # a path: a socket on this computer
        _note("talk", repr(args[_TALKING[event]]))
    elif event in _MAKING:
        _note("write", args[_MAKING[event]])
    elif event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        _note("write", args[0])


def _note(kind: str, what: object) -> None:
    if isinstance(what, int) or what == ":memory:":  # a descriptor that is open already, or no file
        return
    text = os.fsdecode(what)
    os.write(_NOTES, f"{kind} {os.path.join(os.getcwd(), text) if kind == 'write' else text}\n".encode())  # noqa: PTH109, PTH118


sys.addaudithook(_hear)
