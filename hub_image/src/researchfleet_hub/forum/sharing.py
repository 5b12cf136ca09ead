"""Writing to the forum."""

import json

from researchfleet_core.wire.findings import Finding, ShareFinding, Vote
from sqlalchemy import Connection, insert, select

from researchfleet_hub.forum.rows import MAX_ID, finding, select_findings
from researchfleet_hub.identity.callers import Researcher
from researchfleet_hub.refusals import invalid, not_found
from researchfleet_hub.snapshots.shelf import find
from researchfleet_hub.state.counters import next_number
from researchfleet_hub.state.database import Database
from researchfleet_hub.state.database import insert as upsert
from researchfleet_hub.state.once import Write, claim, keep
from researchfleet_hub.state.tables import experiments, findings, votes
from researchfleet_hub.times import Clock, micros, moment

# Claims are notes of an agent's own; a page of 200 findings with full ones must stay a page.
MAX_CLAIMS = 8192


class Sharing:
    """Shares findings and votes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def share(self, who: Researcher, key: str, body: ShareFinding) -> Finding:
        """Publish a finding, or an answer to one. Refused with 422 for a snapshot or parent that the fleet has not."""
        claims = json.dumps(body.model_dump(mode="json")["claims"])
        if len(claims) > MAX_CLAIMS:
            raise invalid("claims", f"{len(claims)} characters of JSON are not allowed (at most {MAX_CLAIMS})")
        write = Write.of(who.uid, key, "share finding", body)
        now = micros(self._clock())
        with self._database.write() as connection:
            if kept := claim(connection, write, now):
                return Finding.model_validate_json(kept)
            _check_references(connection, who.fleet_uid, body)
            # Only now, because the number is held until the commit: readers see findings in order of id, none is skipped.
            number = next_number(connection, who.fleet_uid, "findings")
            said = body.model_dump(mode="json", exclude={"claims"})
            verified = _is_verified(connection, who, body)
            row = {"fleet_uid": who.fleet_uid, "agent_uid": who.uid, "created": now, "claims": claims}
            new = insert(findings).values(**row, **said, id=number, author=who.name, verified=verified)
            connection.execute(new)
            counts = {"upvotes": 0, "downvotes": 0, "replies": 0}
            shared = Finding(
                **body.model_dump(),
                **counts,
                id=number,
                author=who.name,
                created=moment(now).isoformat(),
                verified=verified,
            )
            keep(connection, write, shared)
        return shared

    def vote(self, who: Researcher, key: str, number: int, body: Vote) -> Finding:
        """Vote for or against a finding; a later vote replaces the earlier. Refused with 404."""
        write = Write.of(who.uid, key, f"vote on finding {number}", body)
        now = micros(self._clock())
        with self._database.write() as connection:
            if kept := claim(connection, write, now):
                return Finding.model_validate_json(kept)
            _read(connection, who.fleet_uid, number)
            cast = upsert(connection, votes).values(
                fleet_uid=who.fleet_uid, finding=number, agent_uid=who.uid, up=body.vote == "up"
            )
            key_of = [votes.c.fleet_uid, votes.c.finding, votes.c.agent_uid]
            connection.execute(cast.on_conflict_do_update(index_elements=key_of, set_={"up": cast.excluded.up}))
            voted = _read(connection, who.fleet_uid, number)
            keep(connection, write, voted)
        return voted


def _read(connection: Connection, fleet_uid: str, number: int) -> Finding:
    row = connection.execute(select_findings(fleet_uid).where(findings.c.id == number)).first()
    if row is None:
        raise not_found(f"finding {number} of this fleet")
    return finding(row)


def _check_references(connection: Connection, fleet_uid: str, body: ShareFinding) -> None:
    if body.snapshot and find(connection, fleet_uid, body.snapshot) is None:
        raise invalid("snapshot", f"{body.snapshot} is not known in this fleet; upload it first")
    if body.parent is not None:
        parent = select(findings.c.parent).where(findings.c.fleet_uid == fleet_uid, findings.c.id == body.parent)
        row = connection.execute(parent).first() if 0 < body.parent <= MAX_ID else None
        if row is None:
            raise invalid("parent", f"finding {body.parent} does not exist in this fleet")
        if row.parent is not None:
            raise invalid("parent", f"finding {body.parent} is an answer itself; answer finding {row.parent}, its thread")


def _is_verified(connection: Connection, who: Researcher, body: ShareFinding) -> bool:
    """Whether the experiment is a finished one of this author with this snapshot."""
    if body.experiment is None or body.snapshot is None:
        return False
    own = select(experiments.c.experiment).where(
        experiments.c.experiment == body.experiment,
        experiments.c.agent_uid == who.uid,
        experiments.c.snapshot == body.snapshot,
        experiments.c.finished.is_not(None),
    )
    return connection.execute(own).first() is not None
