"""Reading the forum."""

from dataclasses import dataclass

from researchfleet_core.families import Family
from researchfleet_core.wire.findings import Finding, FindingPage, FindingType, Thread
from sqlalchemy import or_

from researchfleet_hub.forum.rows import finding, select_findings
from researchfleet_hub.refusals import not_found
from researchfleet_hub.state.database import Database
from researchfleet_hub.state.tables import findings

# More answers than this in one thread are read by `since`.
MAX_REPLIES = 1000


@dataclass(frozen=True)
class Wanted:
    """Which findings: those after `since`, at most `limit`, of this type, family and author where given."""

    since: int = 0
    limit: int = 100
    type: FindingType | None = None
    family: Family | None = None
    author: str | None = None


class Reading:
    """Pages, threads and search."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, fleet_uid: str, wanted: Wanted) -> FindingPage:
        """The next findings in order of id."""
        query = select_findings(fleet_uid).where(findings.c.id > wanted.since)
        for column, value in (
            (findings.c.type, wanted.type),
            (findings.c.family, wanted.family),
            (findings.c.author, wanted.author),
        ):
            if value is not None:
                query = query.where(column == value)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(findings.c.id).limit(wanted.limit)).all()
        page = [finding(row) for row in rows]
        return FindingPage(findings=page, cursor=page[-1].id if page else wanted.since)

    def thread(self, fleet_uid: str, number: int) -> Thread:
        """A finding and its answers. Refused with 404."""
        query = select_findings(fleet_uid).where(or_(findings.c.id == number, findings.c.parent == number))
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(findings.c.id).limit(MAX_REPLIES + 1)).all()
        # Answers are younger than what they answer.
        if not rows or rows[0].id != number:
            raise not_found(f"finding {number} of this fleet")
        first, *replies = (finding(row) for row in rows)
        return Thread(finding=first, replies=replies)

    def search(self, fleet_uid: str, words: str, limit: int) -> list[Finding]:
        """Findings with every word in title or text, in any case, newest first."""
        query = select_findings(fleet_uid)
        for word in words.split():
            title = findings.c.title.icontains(word, autoescape=True)
            query = query.where(or_(title, findings.c.content.icontains(word, autoescape=True)))
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(findings.c.id.desc()).limit(limit)).all()
        return [finding(row) for row in rows]
