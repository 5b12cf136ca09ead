"""Who may call what: the one table, read from the side of those who must not."""

import pytest
from researchfleet_core.wire.principals import PERMISSIONS, Operation, Role, allowed

SCORES_AND_MONEY = {Operation.READ_SCORES, Operation.READ_LEDGER}
RULE = {Operation.SYNC, Operation.ISSUE_TOKEN}


def test_every_role_is_in_the_table_and_every_operation_is_somebody_s():
    assert set(PERMISSIONS) == set(Role)
    assert set().union(*PERMISSIONS.values()) == set(Operation)


def test_a_reproduction_has_three_routes_and_shares_none_with_agents():
    assert len(PERMISSIONS[Role.REPRODUCTION]) == 3
    assert not PERMISSIONS[Role.REPRODUCTION] & PERMISSIONS[Role.AGENT]


@pytest.mark.parametrize("role", [Role.AGENT, Role.REPRODUCTION])
@pytest.mark.parametrize("operation", sorted(SCORES_AND_MONEY | RULE))
def test_nothing_in_a_sandbox_reads_scores_or_rules_the_fleet(role, operation):
    assert not allowed(role, operation)


@pytest.mark.parametrize("operation", sorted(SCORES_AND_MONEY))
@pytest.mark.parametrize("role", [Role.RUNTIME, Role.REVIEWER])
def test_people_and_their_runtime_read_scores_and_the_ledger(role, operation):
    assert allowed(role, operation)


def test_a_reviewer_changes_nothing():
    assert not PERMISSIONS[Role.REVIEWER] & RULE
    assert all(operation.value.split()[0] in {"read", "download"} for operation in PERMISSIONS[Role.REVIEWER])


@pytest.mark.parametrize("role", [Role.RUNTIME, Role.REVIEWER])
def test_nobody_but_an_agent_submits_in_its_name(role):
    writes = {Operation.REGISTER, Operation.SUBMIT, Operation.SHARE, Operation.VOTE, Operation.UPLOAD_SNAPSHOT}
    assert not PERMISSIONS[role] & writes
    assert writes <= PERMISSIONS[Role.AGENT]
