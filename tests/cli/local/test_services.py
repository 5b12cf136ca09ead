"""Evaluator and hub as child processes."""

import pytest
from researchfleet.local import services
from researchfleet.local.clock import now
from researchfleet.local.errors import CannotRunError
from researchfleet.local.folder import RunFolder
from researchfleet.local.services import Services
from researchfleet.local.state import Book


@pytest.fixture
def folder(tmp_path):
    """Of a run that has not begun."""
    folder = RunFolder(tmp_path / "f")
    folder.path.mkdir()
    folder.lay_out(1)
    return folder


async def test_one_that_cannot_start_here_is_tried_a_few_times_and_its_last_words_are_told(
    folder, tmp_path, until, monkeypatch
):
    monkeypatch.setattr(services, "_TRIES", 2)
    book = Book(folder.book)
    book.open_fleet("f", now())
    with folder.sockets() as sockets:
        both = Services(folder, sockets, book, tmp_path / "no testbeds here")
        both.start(lambda _: None)
        await until(both.failure)
        await both.stop()
    with pytest.raises(CannotRunError, match=r"evaluator ended 2 times with status 2:\n.*no testbeds here is not a folder"):
        raise both.failure()
    assert both.starts["evaluator"] == 2
    assert book.processes == {}


async def test_secrets_are_for_the_owner_alone_and_new_in_every_runtime(folder, tmp_path):
    seen = []
    for _ in range(2):
        with folder.sockets() as sockets:
            Services(folder, sockets, Book(folder.book), tmp_path)
        tokens = sorted(folder.private.glob("*.token"))
        assert [token.name for token in tokens] == ["evaluator.token", "runtime.token"]
        assert {token.stat().st_mode & 0o777 for token in tokens} == {0o600}
        seen += [token.read_text() for token in tokens]
    assert len(set(seen)) == 4
