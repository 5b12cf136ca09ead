"""The pipes between the runtime and a sandbox that is being set up."""

import asyncio
import contextlib
import json
import os
from dataclasses import dataclass
from typing import Self


@dataclass
class Pipe:
    """Both ends; each is closed once."""

    reader: int
    writer: int

    @classmethod
    def new(cls) -> Self:
        """An open one, which no other child inherits."""
        return cls(*os.pipe())

    def close(self, *ends: str) -> None:
        """Close the named ends (`reader`, `writer`) that are open."""
        for end in ends:
            if (descriptor := getattr(self, end)) >= 0:
                os.close(descriptor)
                setattr(self, end, -1)


class Pipes:
    """arguments: what bubblewrap shall do; status: what it says; token: what the program waits for."""

    def __init__(self, arguments: str) -> None:
        """arguments: separated by NUL; less than a pipe holds (64 KiB)."""
        self.arguments, self.status, self.token = (Pipe.new() for _ in range(3))
        os.write(self.arguments.writer, arguments.encode())
        self.arguments.close("writer")

    def close_theirs(self) -> None:
        """The child has them now."""
        self.status.close("writer")
        self.arguments.close("reader")
        self.token.close("reader")

    def close(self) -> None:
        """All that is still open."""
        for pipe in (self.arguments, self.status, self.token):
            pipe.close("reader", "writer")

    async def first_process(self) -> int:
        """The pid of the first process in the new namespace. Raises EOFError when bubblewrap ends before."""
        said = b""
        while b"\n" not in said:
            await _readable(self.status.reader)
            more = os.read(self.status.reader, 4096)
            if not more:
                raise EOFError
            said += more
        return int(json.loads(said.partition(b"\n")[0])["child-pid"])

    def go(self, token: str) -> None:
        """Give the program its token; one that has ended already needs none."""
        with contextlib.suppress(BrokenPipeError):
            os.write(self.token.writer, token.encode())
        self.token.close("writer")


async def _readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)
