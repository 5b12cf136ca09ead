"""The relay as a server, and as the sandbox's first process."""

import asyncio
import logging
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress

import h11

from researchfleet_agent.relay.child import Child
from researchfleet_agent.relay.conversation import Conversation
from researchfleet_agent.relay.peer import Peer
from researchfleet_agent.relay.privacy import adopt_orphans, make_private
from researchfleet_agent.relay.token import Token, token_of
from researchfleet_agent.relay.upstream import Patience, Upstream
from researchfleet_agent.settings import Address, Settings, SettingsError

log = logging.getLogger(__name__)


async def listen(address: Address, upstream: Upstream, token: Token) -> asyncio.Server:
    """Serve clients at address until the server is closed. Raises OSError when the port is taken."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The relay has ended; a cancelled callback would be logged as an error (Python 3.11, asyncio/streams.py).
        with suppress(asyncio.CancelledError):
            await Conversation(Peer(h11.SERVER, (reader, writer)), upstream, token).run()

    return await asyncio.start_server(converse, address.host, address.port)


def run_behind_relay(settings: Settings, command: Sequence[str], environ: Mapping[str, str] = os.environ) -> int:
    """Become private, read the token, listen, run `command`; returns its exit status.

    Raises SettingsError for a token that cannot be read or an address that cannot be listened at.
    """
    make_private()
    adopt_orphans()
    token = token_of(settings)
    return asyncio.run(_serve(settings, token, command, environ))


async def _serve(settings: Settings, token: Token, command: Sequence[str], environ: Mapping[str, str]) -> int:
    try:
        server = await listen(settings.relay, Upstream(settings.upstream, Patience()), token)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)  # asyncio puts the address into its own text
        place = f"{settings.relay.host}:{settings.relay.port}"
        raise SettingsError(f"RESEARCHFLEET_RELAY: {place} cannot be listened at: {why}") from None
    child = Child(command, environ)
    child.start()
    status = await child.exit_status()
    log.info("the researcher has ended with status %d", status)
    server.close()
    return status
