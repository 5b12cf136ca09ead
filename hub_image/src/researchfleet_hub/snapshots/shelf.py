"""The snapshots of a fleet: uploaded by its agents, seen by all of them."""

import json
from collections.abc import Mapping

from researchfleet_core.wire.snapshots import Manifest, Snapshot, SnapshotInfo, SnapshotList, UploadSnapshot
from sqlalchemy import Connection, Row, func, insert, select

from researchfleet_hub.identity.callers import Researcher
from researchfleet_hub.refusals import RefusalReason, invalid, not_found, refuse
from researchfleet_hub.snapshots.checking import checked
from researchfleet_hub.snapshots.store import MissingSnapshotError, Store, digest_of
from researchfleet_hub.snapshots.unpacking import unpack
from researchfleet_hub.state.counters import next_number
from researchfleet_hub.state.database import Database
from researchfleet_hub.state.once import Write, claim, keep
from researchfleet_hub.state.tables import snapshots
from researchfleet_hub.times import Clock, micros, moment

PAGE = 200
# What one agent may have stored: 500 snapshots of the greatest size, far more than an honest one uploads.
MAX_HELD = 1 << 30


class Shelf:
    """Uploads, lists and hands out."""

    def __init__(self, database: Database, store: Store, clock: Clock) -> None:
        self._database = database
        self._store = store
        self._clock = clock

    def upload(self, who: Researcher, key: str, body: UploadSnapshot) -> SnapshotInfo:
        """Store files given by name; the same files again get the same answer, whoever sent them first."""
        return self._keep(who, key, {name: _encoded(name, content) for name, content in body.files.items()})

    def upload_archive(self, who: Researcher, key: str, archive: bytes) -> SnapshotInfo:
        """Store a tar or tar.gz; it is unpacked, checked and packed anew, so its digest is that of its files."""
        return self._keep(who, key, unpack(archive))

    def page(self, fleet_uid: str, since: int) -> SnapshotList:
        """The next snapshots after `since`, newest first."""
        wanted = select(snapshots).where(snapshots.c.fleet_uid == fleet_uid, snapshots.c.number > since)
        with self._database.read() as connection:
            rows = connection.execute(wanted.order_by(snapshots.c.number).limit(PAGE)).all()
        newest_first = [_info(row) for row in reversed(rows)]
        return SnapshotList(snapshots=newest_first, cursor=rows[-1].number if rows else since)

    def open(self, fleet_uid: str, digest: str) -> Snapshot:
        """A snapshot with its text. Refused with 404 when the fleet does not know it."""
        with self._database.read() as connection:
            row = find(connection, fleet_uid, digest)
        if row is None:
            raise not_found(f"snapshot {digest} of this fleet")
        return Snapshot(info=_info(row), files={name: raw.decode() for name, raw in unpack(self.tar(digest)).items()})

    def tar(self, digest: str) -> bytes:
        """The canonical tar. Refused with 409 when the store has lost it."""
        try:
            return self._store.get(digest)
        except MissingSnapshotError as error:
            raise refuse(409, RefusalReason.SNAPSHOT_UNREADABLE, f"{error}; upload it again") from error

    def _keep(self, who: Researcher, key: str, files: Mapping[str, bytes]) -> SnapshotInfo:
        tar, manifest = checked(files)
        digest = digest_of(tar)
        now = micros(self._clock())
        self._check_held(who, digest, len(tar))
        self._store.put(digest, tar)
        write = Write.of(who.uid, key, "upload snapshot", digest.encode())
        with self._database.write() as connection:
            if kept := claim(connection, write, now):
                return SnapshotInfo.model_validate_json(kept)
            row = find(connection, who.fleet_uid, digest)
            if row is None:
                # Taken first: whoever else brings the same files waits here, and then finds them.
                number = next_number(connection, who.fleet_uid, "snapshots")
                row = find(connection, who.fleet_uid, digest)
            if row is None:
                values = _values(who, digest, manifest, sorted(files))
                new = insert(snapshots).values(**values, bytes=len(tar), number=number, created=now)
                row = connection.execute(new.returning(*snapshots.c)).one()
            info = _info(row)
            keep(connection, write, info)
        return info

    def _check_held(self, who: Researcher, digest: str, size: int) -> None:
        """Refuse with 403 what would let one agent fill the disk of all."""
        held = select(func.coalesce(func.sum(snapshots.c.bytes), 0)).where(
            snapshots.c.fleet_uid == who.fleet_uid, snapshots.c.owner_uid == who.uid, snapshots.c.digest != digest
        )
        with self._database.read() as connection:
            total = int(connection.execute(held).scalar_one()) + size
        if total > MAX_HELD:
            said = f"snapshots: {total} bytes of this agent are not allowed (at most {MAX_HELD} in all)"
            raise refuse(403, RefusalReason.TOO_LARGE, said)


def find(connection: Connection, fleet_uid: str, digest: str) -> Row[tuple[object, ...]] | None:
    """The fleet's row of a snapshot."""
    wanted = select(snapshots).where(snapshots.c.fleet_uid == fleet_uid, snapshots.c.digest == digest)
    return connection.execute(wanted).first()


def _encoded(name: str, content: str) -> bytes:
    try:
        return content.encode("utf-8")
    except UnicodeEncodeError as error:
        raise invalid(f"files.{name}", f"character {error.start} is half of a surrogate pair") from error


def _values(who: Researcher, digest: str, manifest: Manifest, files: list[str]) -> dict[str, object]:
    return {
        "fleet_uid": who.fleet_uid,
        "digest": digest,
        "owner": who.name,
        "owner_uid": who.uid,
        "manifest": manifest.model_dump_json(),
        "files": json.dumps(files),
    }


def _info(row: Row[tuple[object, ...]]) -> SnapshotInfo:
    return SnapshotInfo(
        digest=row.digest,
        manifest=Manifest.model_validate_json(row.manifest),
        bytes=row.bytes,
        files=json.loads(row.files),
        owner=row.owner,
        created=moment(row.created).isoformat(),
    )
