"""The runtime's line to the hub, which may restart at another address."""

import os
from pathlib import Path

from researchfleet.local.hub import Connection, HubUnreachableError, InternalHub


class Line:
    """file: where others on this machine find how to reach the hub."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._clients: list[InternalHub] = []

    def connect(self, connection: Connection) -> None:
        """The hub has a new address."""
        part = self._file.with_name(f".{self._file.name}.part")
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as content:
            content.write(connection.model_dump_json())
        part.replace(self._file)
        # The one before may still be waiting for an answer that was on its way; it is closed with the rest.
        self._clients.append(InternalHub(connection))

    def hub(self) -> InternalHub:
        """The hub as it can be reached now. Raises HubUnreachableError before it was first started."""
        if not self._clients:
            raise HubUnreachableError("the hub is starting")
        return self._clients[-1]

    async def close(self) -> None:
        """Hang up."""
        self._file.unlink(missing_ok=True)
        for client in self._clients:
            await client.aclose()
