"""Findings as rows."""

import json

from researchfleet_core.wire.findings import Finding
from sqlalchemy import ColumnElement, Row, Select, func, select

from researchfleet_hub.state.tables import findings, votes
from researchfleet_hub.times import moment

# What a database's big integer holds; a greater id names nothing.
MAX_ID = 2**63 - 1


def finding(row: Row[tuple[object, ...]]) -> Finding:
    """A row of `select_findings` as everyone sees it."""
    return Finding(
        id=row.id,
        author=row.author,
        created=moment(row.created).isoformat(),
        type=row.type,
        title=row.title,
        content=row.content,
        family=row.family,
        snapshot=row.snapshot,
        experiment=row.experiment,
        parent=row.parent,
        claims=json.loads(row.claims),
        verified=row.verified,
        upvotes=row.upvotes,
        downvotes=row.downvotes,
        replies=row.replies,
    )


def _votes(*, up: bool) -> ColumnElement[int]:
    cast = select(func.count()).where(
        votes.c.fleet_uid == findings.c.fleet_uid, votes.c.finding == findings.c.id, votes.c.up.is_(up)
    )
    return cast.scalar_subquery()


_answers = findings.alias("answers_to")
_replies = select(func.count()).where(_answers.c.fleet_uid == findings.c.fleet_uid, _answers.c.parent == findings.c.id)

# Built once: putting it together takes longer than running it.
_FINDINGS = select(
    findings,
    _votes(up=True).label("upvotes"),
    _votes(up=False).label("downvotes"),
    _replies.scalar_subquery().label("replies"),
)


def select_findings(fleet_uid: str) -> Select[tuple[object, ...]]:
    """The fleet's findings with their votes and answers counted."""
    return _FINDINGS.where(findings.c.fleet_uid == fleet_uid)
