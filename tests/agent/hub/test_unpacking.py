"""Tars are unpacked whole and safely, or not at all."""

import io
import tarfile

import pytest
from researchfleet_agent.hub.unpacking import UnsafeArchiveError, plain_files, unpack
from researchfleet_core.testbed import pack


def tar_of(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for member, content in members:
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def test_files_and_folders_of_an_archive_are_written(tmp_path):
    unpack(pack({"plan.json": b"{}", "task-0/weak/0.npy": b"numbers"}), tmp_path / "inputs")
    assert (tmp_path / "inputs/task-0/weak/0.npy").read_bytes() == b"numbers"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inputs"]


@pytest.mark.parametrize(
    "members",
    [
        [(member("../outside"), b"x")],
        [(member("/outside"), b"x")],
        [(member("a/../../outside"), b"x")],
        [(member("link", tarfile.SYMTYPE, "/etc"), b"")],
        [(member("hard", tarfile.LNKTYPE, "/etc/passwd"), b"")],
        [(member("pipe", tarfile.FIFOTYPE), b"")],
        [(member("device", tarfile.CHRTYPE), b"")],
        [(member("twice"), b"1"), (member("twice"), b"2")],
        [(member("file"), b"1"), (member("file/below"), b"2")],
        [(member("link", tarfile.SYMTYPE, ".."), b""), (member("link/outside"), b"x")],
        [(member("."), b"x")],
    ],
)
def test_what_could_reach_outside_is_refused_and_nothing_is_left(tmp_path, members):
    with pytest.raises(UnsafeArchiveError):
        unpack(tar_of(*members), tmp_path / "below" / "inputs")
    assert [path for path in tmp_path.rglob("*") if path.is_file() or path.name.startswith("inputs")] == []


@pytest.mark.parametrize("limits", [{"max_bytes": 3}, {"max_files": 1}])
def test_too_much_is_refused(limits):
    with pytest.raises(UnsafeArchiveError, match="are not allowed"):
        plain_files(pack({"a": b"12", "b": b"34"}), **limits)


@pytest.mark.parametrize("archive", [b"no tar at all" * 100, b"\x1f\x8b" + b"\0" * 600])
def test_what_is_no_plain_tar_is_refused(tmp_path, archive):
    with pytest.raises(UnsafeArchiveError, match="not a tar"):
        unpack(archive, tmp_path / "inputs")


def test_what_a_killed_attempt_left_half_unpacked_is_replaced(tmp_path):
    (tmp_path / "inputs.part").mkdir()
    (tmp_path / "inputs.part" / "stale").write_text("x")
    unpack(pack({"fresh": b"1"}), tmp_path / "inputs")
    assert [path.name for path in (tmp_path / "inputs").iterdir()] == ["fresh"]
