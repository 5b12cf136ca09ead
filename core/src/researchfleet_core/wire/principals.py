"""Who calls, and what each may call: the one table of permissions."""

from enum import StrEnum

from researchfleet_core.wire.base import Message, Name, Uid


class Role(StrEnum):
    """Whoever holds a token."""

    AGENT = "agent"
    REPRODUCTION = "reproduction"
    RUNTIME = "runtime"
    REVIEWER = "reviewer"


class Operation(StrEnum):
    """What can be asked of the hub. Routes and MCP tools name one each; none is reachable without."""

    HEARTBEAT = "heartbeat"
    FETCH_INPUTS = "fetch inputs"
    REGISTER = "register experiment"
    SUBMIT = "submit predictions"
    READ_OWN_EXPERIMENTS = "read own experiments"
    SHARE = "share finding"
    READ_FINDINGS = "read findings"
    VOTE = "vote"
    UPLOAD_SNAPSHOT = "upload snapshot"
    DOWNLOAD_SNAPSHOT = "download snapshot"
    READ_BUDGET = "read budget"
    FETCH_REPRODUCTION_INPUTS = "fetch reproduction inputs"
    FETCH_REPRODUCTION_SNAPSHOT = "fetch reproduction snapshot"
    UPLOAD_REPRODUCTION = "upload reproduction predictions"
    SYNC = "sync fleet"
    ISSUE_TOKEN = "issue token"  # noqa: S105 - the name of an operation
    READ_SCORES = "read scores"
    READ_LEDGER = "read ledger"


_AGENT = frozenset(
    {
        Operation.HEARTBEAT,
        Operation.FETCH_INPUTS,
        Operation.REGISTER,
        Operation.SUBMIT,
        Operation.READ_OWN_EXPERIMENTS,
        Operation.SHARE,
        Operation.READ_FINDINGS,
        Operation.VOTE,
        Operation.UPLOAD_SNAPSHOT,
        Operation.DOWNLOAD_SNAPSHOT,
        Operation.READ_BUDGET,
    }
)
# A reproduction runs an agent's code: it gets three routes and nothing that another agent could read.
_REPRODUCTION = frozenset(
    {
        Operation.FETCH_REPRODUCTION_INPUTS,
        Operation.FETCH_REPRODUCTION_SNAPSHOT,
        Operation.UPLOAD_REPRODUCTION,
    }
)
_PEOPLE = frozenset({Operation.READ_FINDINGS, Operation.READ_SCORES, Operation.READ_LEDGER, Operation.DOWNLOAD_SNAPSHOT})

PERMISSIONS: dict[Role, frozenset[Operation]] = {
    Role.AGENT: _AGENT,
    Role.REPRODUCTION: _REPRODUCTION,
    Role.RUNTIME: _PEOPLE | {Operation.SYNC, Operation.ISSUE_TOKEN},
    Role.REVIEWER: _PEOPLE,
}


def allowed(role: Role, operation: Operation) -> bool:
    """Whether `role` may do `operation`."""
    return operation in PERMISSIONS[role]


class Principal(Message):
    """Who a request comes from, as identity proved it; never taken from the request's body.

    agent is set for AGENT and names one researcher for its whole life; a re-created name has another agent_uid, so it
    inherits nothing. attempt_uid is one process or pod of it. reproduction is set for REPRODUCTION.
    """

    role: Role
    fleet_uid: Uid | None = None
    agent: Name | None = None
    agent_uid: Uid | None = None
    attempt: int | None = None
    attempt_uid: Uid | None = None
    reproduction: Uid | None = None


class IssueToken(Message):
    """Runtime -> hub: a token for one attempt. The hub keeps only its hash; ending the attempt revokes it."""

    principal: Principal


class IssuedToken(Message):
    """The token, shown once."""

    token: str
