"""Which folder a run uses, and who may."""

from datetime import UTC, datetime

import pytest
from researchfleet.local import CannotRunError, choose

NOW = datetime(2026, 11, 21, 12, 30, 15, tzinfo=UTC)


def begun(runs):
    folder = choose(runs, "f", NOW, resume=False, fresh=False)
    folder.path.mkdir(parents=True)
    folder.book.touch()
    return folder


def test_a_run_that_is_there_is_not_begun_again_without_being_told_so(tmp_path):
    begun(tmp_path)
    with pytest.raises(CannotRunError, match=r"--resume.*--fresh.*another name"):
        choose(tmp_path, "f", NOW, resume=False, fresh=False)
    assert choose(tmp_path, "f", NOW, resume=True, fresh=False).book.exists()


def test_fresh_moves_the_old_run_aside_and_deletes_nothing(tmp_path):
    (begun(tmp_path).path / "hub.db").write_text("all")
    assert not choose(tmp_path, "f", NOW, resume=False, fresh=True).book.exists()
    assert (tmp_path / "f.20261121-123015" / "hub.db").read_text() == "all"


def test_there_must_be_something_to_resume(tmp_path):
    with pytest.raises(CannotRunError, match="no run of f to resume"):
        choose(tmp_path, "f", NOW, resume=True, fresh=False)


def test_two_runtimes_never_share_a_run(tmp_path):
    folder = begun(tmp_path)
    with folder.held():
        with pytest.raises(CannotRunError, match="in use by process"), folder.held():
            pass
        with pytest.raises(CannotRunError, match="in use by process"):
            choose(tmp_path, "f", NOW, resume=False, fresh=True)
    with folder.held():
        pass


@pytest.mark.parametrize("depth", [1, 30])
def test_sockets_have_paths_that_the_system_takes_however_deep_the_run_lies(tmp_path, depth):
    folder = choose(tmp_path.joinpath(*["deep"] * depth), "f", NOW, resume=False, fresh=False)
    folder.path.mkdir(parents=True)
    folder.lay_out(slots=2)
    with folder.sockets() as sockets:
        assert len(str(sockets.agents)) < 108
        assert list(sockets.door.iterdir()) == []
        assert sockets.path.is_relative_to(folder.path) == (depth == 1)
    assert sorted(slot.name for slot in folder.slots.iterdir()) == ["0", "1"]
    assert folder.private.stat().st_mode & 0o077 == 0
