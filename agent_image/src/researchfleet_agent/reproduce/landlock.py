"""Landlock (landlock(7)): a process takes rights away from itself and its descendants, without privileges, for good."""

import ctypes
import os
import struct
from collections.abc import Sequence
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_VERSION_FLAG = 1
_RULE_PATH_BENEATH = 1
_SET_NO_NEW_PRIVS = 38

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
# How many rights on files each version of the interface knows: refer came with 2, truncate with 3, ioctl with 5.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
_FILE_RIGHTS_NOW = 16
_OF_A_FILE = _EXECUTE | _WRITE_FILE | _READ_FILE | 1 << 14 | 1 << 15
_NETWORK_SINCE, _ALL_OF_NETWORK = 4, 0b11  # bind and connect of TCP
_SCOPES_SINCE, _ALL_SCOPES = 6, 0b11  # abstract unix sockets and signals of processes outside

_libc = ctypes.CDLL(None, use_errno=True)


def version() -> int:
    """The kernel's version of the interface; 0 where there is none or it is switched off."""
    return max(0, int(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_FLAG)))


def confine(readable: Sequence[Path], writable: Sequence[Path]) -> None:
    """From now on this process reads and executes below `readable` only, writes below `writable` only, does no TCP, and
    neither traces nor signals a process that is not a descendant. What is absent is left out.

    Raises OSError. Needs version() >= 1; network from 4, signals from 6; tracing and /proc of others always.
    """
    known = version()
    rights = (1 << _FILE_RIGHTS.get(known, _FILE_RIGHTS_NOW)) - 1
    network = _ALL_OF_NETWORK if known >= _NETWORK_SINCE else 0
    scopes = _ALL_SCOPES if known >= _SCOPES_SINCE else 0
    attributes = struct.pack("=QQQ", rights, network, scopes)
    size = 24 if known >= _SCOPES_SINCE else 16 if known >= _NETWORK_SINCE else 8
    ruleset = _call(_CREATE_RULESET, attributes, ctypes.c_size_t(size), 0)
    for path in readable:
        _allow(ruleset, path, rights & (_EXECUTE | _READ_FILE | _READ_DIR))
    for path in writable:
        _allow(ruleset, path, rights)
    if _libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_NO_NEW_PRIVS)")
    _call(_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, PermissionError):
        return
    try:
        allowed = rights if path.is_dir() else rights & _OF_A_FILE
        _call(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, struct.pack("=Qi", allowed, descriptor), 0)
    finally:
        os.close(descriptor)


def _call(number: int, *arguments: object) -> int:
    result = int(_libc.syscall(number, *arguments))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"landlock ({number}): {os.strerror(error)}")
    return result
