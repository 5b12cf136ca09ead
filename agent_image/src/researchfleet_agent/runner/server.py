"""The warm process: imports once, then forks one supervisor for each run asked for over a unix socket.

`python -m researchfleet_agent.runner.server SOCKET [--torch [STUDENT ...]]`. It prints `ready` once it listens,
and ends when its standard input does, so with its owner.
It starts no thread and computes nothing: a fork of a process that did either may hang in a lock it inherited.
"""

import argparse
import gc
import os
import select
import signal
import socket
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from researchfleet_agent.runner.messages import RunRequest, RunResult
from researchfleet_agent.runner.supervisor import ClientGoneError, supervise

# NumPy imports its last two by itself on first use; that takes as long as a fit.
MODULES = ("numpy", "researchfleet_agent.methods.program", "numpy.ma", "numpy.random")
TORCH_MODULES = ("torch", "researchfleet_agent.student.tuning")
MAX_REQUEST = 65536


def warm(*, with_torch: bool, students: Sequence[Path]) -> None:
    """Import what runs use; with_torch: also torch, where it is installed, and the model classes of these students."""
    for module in MODULES:
        import_module(module)
    if with_torch:
        with suppress(ModuleNotFoundError):
            for module in TORCH_MODULES:
                import_module(module)
            _import_classes(students)
    # What is there now stays: no collection touches its pages, so that forks go on sharing them.
    gc.collect()
    gc.freeze()


def _import_classes(students: Sequence[Path]) -> None:
    from transformers import AutoConfig, AutoModel  # noqa: PLC0415  (torch is optional)

    for student in students:
        # The class alone: importing it takes seconds the first time, loading the weights milliseconds.
        AutoModel._model_mapping[type(AutoConfig.from_pretrained(student))]


def serve(listener: socket.socket) -> None:
    """Fork a supervisor per connection of our parent, whose process we are, until standard input ends.

    Others are hung up on: a run that found the socket must not start another one in its own name.
    """
    owner = os.getppid()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # supervisors are reaped by the kernel
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the owner's to act on
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready and not os.read(0, 1):
            return
        if listener in ready:
            client, _ = listener.accept()
            if _peer(client) == owner and os.fork() == 0:
                _answer(listener, client)
            client.close()


def _peer(client: socket.socket) -> int:
    """The process id at the other end, by the kernel's word (struct ucred: pid, uid, gid)."""
    pid: int = struct.unpack("3i", client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))[0]
    return pid


def _answer(listener: socket.socket, client: socket.socket) -> NoReturn:
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        listener.close()
        with suppress(ClientGoneError, BrokenPipeError, ConnectionResetError):  # nobody is there to be told
            client.sendall(_result(client).model_dump_json().encode() + b"\n")
    except BaseException:
        sys.excepthook(*sys.exc_info())  # the client is told by the end of the connection, and quotes this
    finally:
        os._exit(0)


def _result(client: socket.socket) -> RunResult:
    line = b""
    while not line.endswith(b"\n") and len(line) < MAX_REQUEST:
        if not (chunk := client.recv(MAX_REQUEST)):
            raise ClientGoneError
        line += chunk
    return supervise(RunRequest.model_validate_json(line), client)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m researchfleet_agent.runner.server", description=__doc__)
    parser.add_argument("socket")
    parser.add_argument("--torch", nargs="*", type=Path, metavar="STUDENT")
    given = parser.parse_args()
    warm(with_torch=given.torch is not None, students=given.torch or ())
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(given.socket)
        listener.listen()
        print("ready", flush=True)
        serve(listener)
    return 0


if __name__ == "__main__":
    sys.exit(main())
