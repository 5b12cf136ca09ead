"""The identity: where it is read from, and how it stays fresh."""

import os
import re
from pathlib import Path
from typing import Protocol

from researchfleet_agent.settings import Settings, SettingsError

# Far more than any token has; a pipe that never ends must not fill our memory.
MAX_BYTES = 64 * 1024


class Token(Protocol):
    """Something that knows the token as it is now."""

    def now(self) -> bytes: ...


class FixedToken:
    """Read once from a descriptor, which is then closed, so that no child can inherit it."""

    def __init__(self, fd: int) -> None:
        """Raises SettingsError when the descriptor is not open or brings no token."""
        try:
            with os.fdopen(fd, "rb") as pipe:
                self._value = _checked(pipe.read(MAX_BYTES + 1), f"RESEARCHFLEET_TOKEN_FD ({fd})")
        except OSError as error:
            raise SettingsError(f"RESEARCHFLEET_TOKEN_FD: descriptor {fd} cannot be read: {error.strerror}") from None

    def now(self) -> bytes:
        """The token."""
        return self._value


class FileToken:
    """Read again whenever the file changed: a projected service-account token is replaced before it expires."""

    def __init__(self, path: Path) -> None:
        """Raises SettingsError when the file cannot be read or holds no token."""
        self._path = path
        try:
            self._seen = self._state()
            self._value = self._read()
        except OSError as error:
            raise SettingsError(f"RESEARCHFLEET_TOKEN_FILE: {path} cannot be read: {error.strerror}") from None

    def now(self) -> bytes:
        """The token as the file has it; the last good one while the file is absent or half written."""
        try:
            state = self._state()
            if state != self._seen:
                self._value = self._read()
                self._seen = state
        except (OSError, SettingsError):
            return self._value
        return self._value

    def _state(self) -> tuple[int, int, int]:
        found = self._path.stat()
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _read(self) -> bytes:
        with self._path.open("rb") as file:
            return _checked(file.read(MAX_BYTES + 1), f"RESEARCHFLEET_TOKEN_FILE ({self._path})")


def token_of(settings: Settings) -> Token:
    """The token's source as the settings name it. Raises SettingsError unless there is exactly one."""
    if settings.token_fd is not None and settings.token_file is None:
        return FixedToken(settings.token_fd)
    if settings.token_file is not None and settings.token_fd is None:
        return FileToken(settings.token_file)
    raise SettingsError("exactly one of RESEARCHFLEET_TOKEN_FD, RESEARCHFLEET_TOKEN_FILE must be set")


def _checked(data: bytes, place: str) -> bytes:
    token = data.strip()
    if len(data) > MAX_BYTES or not re.fullmatch(rb"[\x21-\x7e]+", token):
        # The value is not told: it is a secret even when it is a broken one.
        raise SettingsError(f"{place} does not hold a token (1 to {MAX_BYTES} visible ASCII characters)")
    return token
