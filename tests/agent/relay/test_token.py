"""Where the identity is read from."""

import os

import pytest
from researchfleet_agent.relay.token import FileToken, FixedToken, token_of
from researchfleet_agent.settings import Settings, SettingsError


def pipe_with(content: bytes) -> int:
    reading, writing = os.pipe()
    os.write(writing, content)
    os.close(writing)
    return reading


def test_a_token_from_a_descriptor_is_read_once_and_the_descriptor_closed():
    fd = pipe_with(b"secret\n")
    token = FixedToken(fd)
    assert (token.now(), token.now()) == (b"secret", b"secret")
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)


def test_a_file_that_is_replaced_is_read_again(tmp_path):
    """A projected token is a link that the kubelet swings to a new folder."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "token").write_text(name)
    (tmp_path / "data").symlink_to("one")
    token = FileToken(tmp_path / "data" / "token")
    assert token.now() == b"one"
    (tmp_path / "next").symlink_to("two")
    (tmp_path / "next").replace(tmp_path / "data")
    assert token.now() == b"two"


def test_a_file_that_is_gone_or_empty_for_a_moment_leaves_the_last_token(tmp_path):
    file = tmp_path / "token"
    file.write_text("good")
    token = FileToken(file)
    file.write_text("")
    assert token.now() == b"good"
    file.unlink()
    assert token.now() == b"good"
    file.write_text("better")
    assert token.now() == b"better"


@pytest.mark.parametrize("content", [b"", b"  \n", b"two words", b"line\nbreak: x", b"\xc3\xa4", b"x" * 70_000])
def test_what_is_no_token_is_refused_without_being_repeated(tmp_path, content):
    file = tmp_path / "token"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match="RESEARCHFLEET_TOKEN_FILE") as told:
        FileToken(file)
    assert content.strip() == b"" or content.decode(errors="replace").strip() not in str(told.value)


def test_exactly_one_source_is_allowed(tmp_path):
    both = {"RESEARCHFLEET_TOKEN_FD": "9", "RESEARCHFLEET_TOKEN_FILE": str(tmp_path)}
    for environ in ({}, both):
        with pytest.raises(SettingsError, match="exactly one of RESEARCHFLEET_TOKEN_FD, RESEARCHFLEET_TOKEN_FILE"):
            token_of(Settings.from_environment(environ))
