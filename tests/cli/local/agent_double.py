"""A double of the agents' code, for tests of the runtime: it does what its direction says and needs no hub."""

import os
import pathlib
import sys
import time

TOKEN = os.read(int(os.environ["RESEARCHFLEET_TOKEN_FD"]), 1000).decode()
# What a hub says in its answers to heartbeats, this one finds in the folder of the hub's socket.
DOOR = pathlib.Path(os.environ["RESEARCHFLEET_UPSTREAM"].removeprefix("unix:")).parent


def main() -> int:
    """Exit status 0 when told to wrap up."""
    if not TOKEN:
        return 78
    direction = os.environ.get("RESEARCHFLEET_DIRECTION", "")
    print(sys.argv[1], direction, flush=True)
    if sys.argv[1] == "reproduce" or direction == "complete":
        return 0
    if direction == "crash":
        return 3
    while direction == "fork" and len(list(pathlib.Path("/proc").iterdir())) < 400:  # bounded, should the watch fail
        os.fork()
    while not (DOOR / "wrap-up").exists():
        time.sleep(0.02)
    return 0


if __name__ == "__main__":
    sys.exit(main())
