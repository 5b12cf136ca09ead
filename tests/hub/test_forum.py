"""The forum: pages by id, threads, votes, search, and what counts as verified."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from researchfleet_core.wire.findings import FindingType, ShareFinding
from researchfleet_hub.forum.reading import Wanted
from researchfleet_hub.identity.callers import researcher

from tests.hub.conftest import FLEET, Caller, Ports, World, agent

WRITERS, EACH = 6, 12


def ids(caller: Caller, query: str = "") -> list[int]:
    """Ids of a page."""
    return [one["id"] for one in caller.get(f"/v1/findings?{query}").json()["findings"]]


def test_an_incremental_sync_never_skips_a_finding_under_concurrent_writers(ports: Ports, any_world: World) -> None:
    """A sequence would hand out 7 and 8, commit 8 first, and a reader at 8 would never see 7."""
    replica = ports.over(any_world.hub.database)
    written = threading.Event()
    read: list[int] = []

    def follow() -> None:
        while True:
            last_look = written.is_set()
            page = any_world.hub.reading.page(FLEET, Wanted(since=read[-1] if read else 0, limit=7))
            read.extend(one.id for one in page.findings)
            if last_look and not page.findings:
                return

    def write(writer: int) -> None:
        hub = (any_world.hub, replica.hub)[writer % 2]
        who = researcher(agent(f"agent-{writer}"))
        for number in range(EACH):
            body = ShareFinding(type=FindingType.RESULT, title=f"{writer}/{number}", content="So it is.")
            hub.sharing.share(who, f"key-of-{writer}-{number}", body)

    reader = threading.Thread(target=follow)
    reader.start()
    try:
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(write, range(WRITERS)))
    finally:
        written.set()
        reader.join()
    assert read == list(range(1, WRITERS * EACH + 1))


def test_pages_continue_at_the_cursor(any_world: World) -> None:
    ada = any_world.as_agent("ada")
    for number in range(5):
        ada.share(f"Finding {number}")
    first = ada.get("/v1/findings?limit=2").json()
    assert ([one["id"] for one in first["findings"]], first["cursor"]) == ([1, 2], 2)
    assert ids(ada, f"since={first['cursor']}") == [3, 4, 5]
    assert ada.get("/v1/findings?since=5").json() == {"findings": [], "cursor": 5}


def test_pages_can_be_narrowed_to_type_family_and_author(world: World) -> None:
    ada, bob = world.as_agent("ada"), world.as_agent("bob")
    ada.share(type="error")
    ada.share(family="ensemble")
    bob.share(family="ensemble")
    assert ids(bob, "type=error") == [1]
    assert ids(bob, "family=ensemble") == [2, 3]
    assert ids(bob, "family=ensemble&author=ada") == [2]


def test_answers_stand_in_the_thread_of_what_they_answer(any_world: World) -> None:
    ada, bob = any_world.as_agent("ada"), any_world.as_agent("bob")
    ada.share()
    assert bob.share("I doubt it", parent=1).status_code == 200
    thread = ada.get("/v1/findings/1").json()
    assert thread["finding"]["replies"] == 1
    assert [(one["author"], one["title"]) for one in thread["replies"]] == [("bob", "I doubt it")]
    assert bob.share(parent=2).json()["error"] == "parent: finding 2 is an answer itself; answer finding 1, its thread"


@pytest.mark.parametrize("number", [0, 9, 2**63, -1])
def test_a_finding_that_is_not_there_is_404_or_named(world: World, number: int) -> None:
    ada = world.as_agent("ada")
    assert ada.get(f"/v1/findings/{number}").status_code in {404, 422}
    assert ada.put(f"/v1/findings/{number}/vote", {"vote": "up"}).status_code in {404, 422}
    assert ada.share(parent=number).json()["field"] == "parent"


def test_an_agent_has_one_vote_a_finding_and_may_change_it(any_world: World) -> None:
    ada, bob = any_world.as_agent("ada"), any_world.as_agent("bob")
    ada.share()
    votes = [
        caller.put("/v1/findings/1/vote", {"vote": vote}).json()
        for caller, vote in ((ada, "up"), (bob, "up"), (bob, "up"), (bob, "down"))
    ]
    assert [(one["upvotes"], one["downvotes"]) for one in votes] == [(1, 0), (2, 0), (2, 0), (1, 1)]


def test_a_search_wants_all_words_in_any_case_and_takes_no_wildcards(any_world: World) -> None:
    ada = any_world.as_agent("ada")
    ada.share("Bagging helps", content="Five weak teachers disagree in 12% of the rows.")
    ada.share("Bagging hurts", content="With two teachers only.")

    def found(words: str) -> list[int]:
        page = ada.get("/v1/findings/search", params={"q": words}).json()
        return [one["id"] for one in page["findings"]]

    assert found("BAGGING teachers") == [2, 1]
    assert found("bagging helps weak") == [1]
    assert found("12%") == [1]
    assert found("%") == [1]
    assert found("_") == []


def test_a_finding_is_verified_by_a_finished_experiment_of_its_author_with_its_snapshot(any_world: World) -> None:
    ada, bob = any_world.as_agent("ada"), any_world.as_agent("bob")
    digest, other = ada.upload(), ada.upload(other="x = 1\n")
    done = ada.finish(digest)
    owed = ada.register(digest).json()["experiment"]

    def verified(caller: Caller, **said: Any) -> bool:
        return bool(caller.share(**said).json()["verified"])

    assert verified(ada, snapshot=digest, experiment=done)
    assert not verified(bob, snapshot=digest, experiment=done)
    assert not verified(ada, snapshot=other, experiment=done)
    assert not verified(ada, experiment=done)
    assert not verified(ada, snapshot=digest, experiment=owed)
    assert not verified(ada, snapshot=digest, experiment="x99")


def test_claims_come_back_as_claims_and_change_nothing_else(any_world: World) -> None:
    claims = {"pgr": 0.97, "verified": True, "note": {"seeds": [1, 2]}}
    shared = any_world.as_agent("ada").share(claims=claims).json()
    assert shared["claims"] == claims
    assert shared["verified"] is False


REFUSED_FINDINGS: list[tuple[str, Any]] = [
    ("title", ""),
    ("title", "x" * 201),
    ("title", "two\nlines"),
    ("title", "\x1b[2J"),
    ("content", ""),
    ("content", "x" * 5001),
    ("content", "nul \x00"),
    ("content", "half a \ud800 pair"),
    ("type", "opinion"),
    ("family", "magic"),
    ("snapshot", "sha256:short"),
    ("snapshot", f"sha256:{'0' * 64}"),
    ("claims", {"x" * 65: 1}),
    ("claims", {str(number): 1 for number in range(33)}),
    ("claims", {"long": "x" * 9000}),
    ("author", "somebody else"),
    ("parent", "1"),
]


def test_what_a_finding_may_not_be_is_refused_by_name(any_world: World) -> None:
    ada = any_world.as_agent("ada")
    for field, value in REFUSED_FINDINGS:
        body = json.dumps({"type": "result", "title": "t", "content": "c", field: value})
        answer = ada.ask("POST", "/v1/findings", content=body)
        assert answer.status_code == 422, (field, value)
        named = answer.json()["field"]
        # Half a pair of surrogates is no JSON: there is no field to name.
        assert named is None if "\\ud800" in body else named.split(".")[0] == field
    assert any_world.hub.reading.page(FLEET, Wanted()).findings == []


def test_people_read_the_same_forum(world: World) -> None:
    world.as_agent("ada").share()
    for caller in (world.as_runtime(), world.as_reviewer()):
        page = caller.get(f"/internal/v1/fleets/{FLEET}/findings").json()
        assert [one["author"] for one in page["findings"]] == ["ada"]
        assert caller.get(f"/internal/v1/fleets/{FLEET}/findings/1").json()["replies"] == []
