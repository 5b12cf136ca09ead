"""Snapshots: one digest for the same files, immutable, seen by the whole fleet, and nothing hostile gets in."""

import gzip
import hashlib
import io
import json
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from researchfleet_core.testbed.archive import pack
from researchfleet_core.wire.snapshots import MAX_BYTES, MAX_FILES, UploadSnapshot
from researchfleet_hub.identity.callers import researcher
from researchfleet_hub.refusals import Refused
from researchfleet_hub.snapshots import shelf
from researchfleet_hub.snapshots.checking import checked
from researchfleet_hub.snapshots.s3 import BucketStore
from researchfleet_hub.snapshots.store import FolderStore, MissingSnapshotError, digest_of
from researchfleet_hub.snapshots.unpacking import unpack

from tests.hub.bad_archives import BAD, GOOD, archive, member
from tests.hub.conftest import CODE, FLEET, MANIFEST, Ports, World, agent

CODE_BYTES = {name: text.encode() for name, text in CODE.items()}


def test_the_digest_is_of_the_canonical_tar(any_world: World) -> None:
    info = any_world.as_agent("ada").post("/v1/snapshots", {"files": CODE}).json()
    tar = pack(CODE_BYTES)
    assert info["digest"] == f"sha256:{hashlib.sha256(tar).hexdigest()}"
    assert (info["bytes"], info["files"], info["owner"]) == (len(tar), ["manifest.json", "run.py"], "ada")
    assert info["manifest"]["family"] == "ensemble"


@pytest.mark.parametrize("body", [GOOD, gzip.compress(GOOD)], ids=["tar", "tar.gz"])
def test_files_and_archives_of_them_are_the_same_snapshot(world: World, body: bytes) -> None:
    ada = world.as_agent("ada")
    digest = ada.upload()
    answer = ada.ask("POST", "/v1/snapshots/archive", content=body)
    assert (answer.status_code, answer.json()["digest"]) == (200, digest)


def test_the_same_files_again_get_the_first_answer_whoever_sends_them(any_world: World) -> None:
    ada, bob = any_world.as_agent("ada"), any_world.as_agent("bob")
    first = ada.post("/v1/snapshots", {"files": CODE})
    any_world.clock.advance(60)
    assert ada.post("/v1/snapshots", {"files": CODE}).json() == first.json()
    assert bob.post("/v1/snapshots", {"files": CODE}).json() == first.json()
    assert len(bob.get("/v1/snapshots").json()["snapshots"]) == 1


def test_the_same_files_from_many_at_once_are_one_snapshot(ports: Ports, any_world: World) -> None:
    hubs = [any_world.hub, ports.over(any_world.hub.database).hub] * 6
    who = [researcher(agent(f"agent-{number}")) for number in range(12)]
    body = UploadSnapshot(files=CODE)
    with ThreadPoolExecutor(6) as pool:
        infos = list(pool.map(lambda hub, one: hub.shelf.upload(one, "the-same-key", body), hubs, who))
    assert len({info.owner for info in infos}) == 1
    assert len(any_world.hub.shelf.page(FLEET, 0).snapshots) == 1


def test_everybody_in_the_fleet_reads_the_text(any_world: World) -> None:
    digest = any_world.as_agent("ada").upload()
    for caller, prefix in (
        (any_world.as_agent("bob"), "/v1"),
        (any_world.as_reviewer(), f"/internal/v1/fleets/{FLEET}"),
    ):
        assert caller.get(f"{prefix}/snapshots/{digest}").json()["files"] == CODE


def test_a_list_continues_at_its_cursor_newest_first(any_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "PAGE", 2)
    ada = any_world.as_agent("ada")
    digests = [ada.upload(**{f"part{number}": "x = 1\n"}) for number in range(3)]
    first = ada.get("/v1/snapshots").json()
    rest = ada.get(f"/v1/snapshots?since={first['cursor']}").json()
    assert [one["digest"] for one in first["snapshots"]] == [digests[1], digests[0]]
    assert [one["digest"] for one in rest["snapshots"]] == [digests[2]]
    assert ada.get(f"/v1/snapshots?since={rest['cursor']}").json() == {"snapshots": [], "cursor": rest["cursor"]}


def test_a_changed_file_in_the_store_is_never_handed_out(world: World, tmp_path: Path) -> None:
    ada = world.as_agent("ada")
    digest = ada.upload()
    [stored] = (tmp_path / "snapshots").rglob("*.tar")
    stored.write_bytes(stored.read_bytes().replace(b"a run", b"a lie"))
    assert ada.get(f"/v1/snapshots/{digest}").json()["reason"] == "SnapshotUnreadable"
    answer = ada.register(digest)
    assert (answer.status_code, answer.json()["reason"]) == (409, "SnapshotUnreadable")
    assert world.sync().ledger.amounts.evaluations == 0


def test_the_store_keeps_what_it_is_given_and_nothing_half(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store")
    digest = digest_of(GOOD)
    with pytest.raises(MissingSnapshotError, match="is not in the store"):
        store.get(digest)
    store.put(digest, GOOD)
    store.put(digest, GOOD)
    assert FolderStore(tmp_path / "store").get(digest) == GOOD
    assert [file.suffix for file in (tmp_path / "store").rglob("*") if file.is_file()] == [".tar"]


def test_one_agent_cannot_fill_the_store(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "MAX_HELD", 25_000)
    ada = world.as_agent("ada")
    digest = ada.upload()
    ada.upload(second="x = 2\n")
    refused = ada.post("/v1/snapshots", {"files": CODE | {"third.py": "x = 3\n"}})
    assert (refused.status_code, refused.json()["reason"]) == (403, "TooLarge")
    assert ada.upload() == digest
    assert world.as_agent("bob").upload(third="x = 3\n")


@pytest.mark.parametrize("name", BAD)
def test_a_bad_archive_is_refused_with_a_sentence(name: str) -> None:
    with pytest.raises(Refused) as refused:
        checked(unpack(BAD[name]))
    assert refused.value.status == 422
    assert len(refused.value.refusal.error) > len("archive: ")


def test_the_corpus_is_of_archives_that_are_nearly_good() -> None:
    assert len(BAD) >= 25
    assert checked(unpack(GOOD))[0] == pack(CODE_BYTES)


def test_a_bad_archive_leaves_no_trace(world: World, tmp_path: Path) -> None:
    ada = world.as_agent("ada")
    statuses = {
        ada.ask("POST", "/v1/snapshots/archive", content=BAD[name]).status_code
        for name in ("a name that climbs", "a symbolic link", "a gzip bomb", "garbage", "the same name twice")
    }
    assert statuses == {422}
    assert list((tmp_path / "snapshots").rglob("*.tar")) == []
    assert ada.get("/v1/snapshots").json()["snapshots"] == []


def test_a_body_over_the_limit_is_not_even_read(world: World) -> None:
    answer = world.as_agent("ada").ask("POST", "/v1/snapshots/archive", content=b"x" * (3 << 20))
    assert (answer.status_code, answer.json()["reason"]) == (413, "TooLarge")


def test_folders_and_a_leading_dot_are_as_tar_writes_them() -> None:
    def folder(info: tarfile.TarInfo) -> None:
        info.type = tarfile.DIRTYPE

    members = [member(".", change=folder), member("./lib", change=folder), member("./lib/a.py", b"a = 1\n")]
    assert unpack(archive(members)) == CODE_BYTES | {"lib/a.py": b"a = 1\n"}


def test_the_limits_themselves_are_allowed() -> None:
    many = CODE_BYTES | {f"f{number}.py": b"" for number in range(MAX_FILES - len(CODE))}
    assert checked(many)
    used = sum(map(len, CODE_BYTES.values()))
    full = CODE_BYTES | {"full.py": b"x" * (MAX_BYTES - used)}
    packed = checked(full)[0]
    assert unpack(packed) == full
    with pytest.raises(Refused, match="files are not allowed"):
        checked(many | {"one-more.py": b""})
    with pytest.raises(Refused, match="bytes are not allowed"):
        checked(full | {"one-more.py": b"x"})


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "at least 1 item"),
        ({"run.py": ""}, "manifest.json is missing"),
        ({"manifest.json": "{", "run.py": ""}, "manifest.json"),
        ({"manifest.json": MANIFEST}, "run.py is not among the files"),
        ({"manifest.json": MANIFEST.replace("ensemble", "magic"), "run.py": ""}, "manifest.json.family"),
        ({"manifest.json": MANIFEST.replace("title", "titel"), "run.py": ""}, "manifest.json.title"),
        ({"manifest.json": MANIFEST.replace("run.py", "../run.py"), "run.py": ""}, "manifest.json.entry"),
        (CODE | {"../up.py": ""}, "files.../up.py: not a name that is allowed"),
        (CODE | {"run.py/x.py": ""}, "run.py is a file and cannot be a folder too"),
        (CODE | {"half.py": "\ud800"}, "Invalid JSON"),
        (CODE | {"nul.py": "\0"}, "NUL"),
    ],
)
def test_files_by_name_keep_the_same_rules(world: World, files: dict[str, str], said: str) -> None:
    answer = world.as_agent("ada").ask("POST", "/v1/snapshots", content=json.dumps({"files": files}))
    assert answer.status_code == 422
    assert said in answer.json()["error"]


NAMES = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,20}(/[A-Za-z0-9_][A-Za-z0-9_.+-]{0,20}){0,2}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=200)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(NAMES.filter(lambda name: not name.startswith(tuple(CODE))), TEXTS, max_size=8))
def test_what_is_packed_is_unpacked_the_same(files: dict[str, str]) -> None:
    folders = {name.rsplit("/", depth)[0] for name in files for depth in range(1, name.count("/") + 1)}
    given_files = CODE_BYTES | {name: text.encode() for name, text in files.items() if name not in folders}
    tar = checked(given_files)[0]
    assert unpack(tar) == given_files
    with tarfile.open(fileobj=io.BytesIO(tar)) as opened:
        assert opened.getnames() == sorted(given_files)


@pytest.mark.parametrize(
    ("url", "keys", "said"),
    [
        ("s3://host", True, "write s3://ENDPOINT/BUCKET/PREFIX"),
        ("s3:///bucket", True, "write s3://ENDPOINT/BUCKET/PREFIX"),
        ("s3://host/bucket", False, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set"),
    ],
)
def test_a_bucket_that_cannot_be_opened_is_refused_at_start(
    url: str, keys: bool, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x" if keys else "")
    with pytest.raises(ValueError, match=said):
        BucketStore(url)
