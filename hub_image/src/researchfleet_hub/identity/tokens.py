"""Tokens: random, shown once, kept as a hash, revoked when their attempt ends."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from pathlib import Path

from researchfleet_core.wire.principals import IssuedToken, Principal, Role
from sqlalchemy import Connection, insert, select, update

from researchfleet_hub.fleets.rows import hold_fleet
from researchfleet_hub.identity.callers import reproducer, researcher
from researchfleet_hub.refusals import RefusalReason, invalid, refuse
from researchfleet_hub.state.database import Database
from researchfleet_hub.state.tables import agents, attempts, tokens
from researchfleet_hub.times import Clock, micros

# Compared with when a token is not known, so that the answer takes the same path.
_NOBODY = hashlib.sha256(b"").hexdigest()


def hashed(token: str) -> str:
    """What is kept of a token; it has 256 random bits, so it needs neither salt nor stretching."""
    return hashlib.sha256(token.encode()).hexdigest()


class SandboxTokens:
    """The tokens of agents and reproductions."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def issue(self, principal: Principal) -> IssuedToken:
        """A new token for an attempt of a known fleet that has not ended."""
        fleet_uid, attempt_uid = _attempt_of(principal)
        token = f"rf_{secrets.token_urlsafe(32)}"
        now = micros(self._clock())
        with self._database.write() as connection:
            # The fleet's row is held, so that a sync that ends this attempt revokes this token too.
            hold_fleet(connection, fleet_uid)
            ended = select(attempts.c.ended).where(attempts.c.uid == attempt_uid, attempts.c.ended.is_not(None))
            if connection.execute(ended).first():
                raise refuse(409, RefusalReason.ATTEMPT_ENDED, f"attempt {attempt_uid} has ended; it gets no token")
            row = {"hash": hashed(token), "fleet_uid": fleet_uid, "attempt_uid": attempt_uid}
            connection.execute(insert(tokens).values(**row, principal=principal.model_dump_json(), issued=now))
            if principal.role is Role.AGENT:
                _remember_agent(connection, principal, now)
        return IssuedToken(token=token)

    def identify(self, token: str) -> Principal | None:
        """Who holds `token`; None for an unknown and for a revoked one alike."""
        presented = hashed(token)
        with self._database.read() as connection:
            row = connection.execute(select(tokens).where(tokens.c.hash == presented)).first()
        same = hmac.compare_digest(row.hash if row else _NOBODY, presented)
        return Principal.model_validate_json(row.principal) if row and same and row.revoked is None else None


def revoke(connection: Connection, attempt_uids: Iterable[str], now: int) -> None:
    """Revoke all tokens of these attempts."""
    ended = list(attempt_uids)
    if ended:
        live = update(tokens).where(tokens.c.attempt_uid.in_(ended), tokens.c.revoked.is_(None))
        connection.execute(live.values(revoked=now))


class FileTokens:
    """The tokens of runtime and reviewer, from files; only their hashes stay in memory."""

    def __init__(self, files: dict[Role, Path]) -> None:
        self._hashes = {role: hashed(file.read_text().strip()) for role, file in files.items()}
        for role, file in files.items():
            if self._hashes[role] == _NOBODY:
                raise ValueError(f"{file}: the token of the {role} is empty; write a random one into it")

    def identify(self, token: str) -> Principal | None:
        """Who holds `token`; every known one is compared, whichever matches."""
        presented = hashed(token)
        roles = [role for role, known in self._hashes.items() if hmac.compare_digest(known, presented)]
        return Principal(role=roles[0]) if roles else None


def _attempt_of(principal: Principal) -> tuple[str, str]:
    """Fleet and attempt of a principal that may hold a sandbox token."""
    if principal.role not in {Role.AGENT, Role.REPRODUCTION}:
        raise invalid("principal.role", f"{principal.role} is not allowed (agent, reproduction)")
    try:
        if principal.role is Role.AGENT:
            researcher(principal)
        else:
            reproducer(principal)
    except ValueError as error:
        raise invalid("principal", str(error)) from error
    return str(principal.fleet_uid), str(principal.attempt_uid)


def _remember_agent(connection: Connection, principal: Principal, now: int) -> None:
    known = select(agents.c.uid).where(agents.c.uid == principal.agent_uid)
    if connection.execute(known).first() is None:
        row = {"uid": principal.agent_uid, "fleet_uid": principal.fleet_uid, "name": principal.agent}
        connection.execute(insert(agents).values(**row, created=now, direction="", activity=""))
