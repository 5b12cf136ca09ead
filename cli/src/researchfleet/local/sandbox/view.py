"""What is visible inside a bubblewrap sandbox: the one list, as bubblewrap's arguments."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from researchfleet.local.errors import CannotRunError
from researchfleet.local.sandbox.order import COMPUTING, TOKEN_FD, Limits, Order, Shown

ENVIRONMENT = Path("/env")
# Programs and shared libraries of the system. Not all of /usr: a checkout may lie in /usr/local or /usr/src.
_SYSTEM = (Path("/usr/bin"), Path("/usr/lib"), Path("/usr/lib32"), Path("/usr/lib64"))
_LINKS = (Path("/bin"), Path("/lib"), Path("/lib32"), Path("/lib64"))
# How the system's linker finds libraries, and nothing of who uses the machine.
_ETC = (Path("/etc/ld.so.cache"),)
_SHM = 64 << 20


class View:
    """Bubblewrap's arguments for sandboxes of one run."""

    def __init__(self, shown: Shown, base: Path) -> None:
        """base: prefix of the Python that the agents' environment was made from.

        Raises CannotRunError when what must stay hidden lies inside of what is shown.
        """
        self._shown = shown
        self._environment = shown.python.parent.parent
        self._base = base
        self._refuse_overlap()

    def arguments(self, order: Order) -> list[str]:
        """Everything but the command. Nothing else of the machine is there: the root is an empty file system."""
        return [
            *self._isolation(),
            *self._system(),
            *_read_only(self._environment, ENVIRONMENT),
            *_read_only(self._shown.students, Path("/students")),
            *_read_only(self._shown.slots, Path("/slots")),
            # The folder, not the socket: a hub that restarts makes a new one.
            *_read_only(self._shown.door, Path("/run")),
            *(_read_only(order.features, Path("/features")) if order.features else []),
            *("--bind", str(order.workspace), "/workspace"),
            *self._devices(order.limits),
            *("--remount-ro", "/", "--chdir", "/workspace"),
        ]

    def environment(self, order: Order) -> dict[str, str]:
        """All variables of the program."""
        places = {
            "RESEARCHFLEET_TOKEN_FD": str(TOKEN_FD),
            "RESEARCHFLEET_UPSTREAM": "unix:/run/hub.sock",
            "RESEARCHFLEET_WORKSPACE": "/workspace",
            "RESEARCHFLEET_STUDENTS": "/students",
            "RESEARCHFLEET_SLOTS": "/slots",
            "HOME": "/workspace",
            "TMPDIR": "/tmp",  # noqa: S108 - the sandbox's own
            "PATH": f"{ENVIRONMENT}/bin:/usr/bin",
        }
        if order.features:
            places["RESEARCHFLEET_FEATURES"] = "/features"
        return {**COMPUTING, **places, **order.variables}

    def command(self, order: Order) -> list[str]:
        """The program."""
        return [str(ENVIRONMENT / "bin" / self._shown.python.name), *order.arguments]

    @staticmethod
    def _isolation() -> list[str]:
        return [
            *("--unshare-all", "--unshare-user", "--disable-userns", "--cap-drop", "ALL"),
            *("--die-with-parent", "--new-session", "--hostname", "sandbox"),
        ]

    def _system(self) -> list[str]:
        links = [path for path in _LINKS if path.is_symlink()]
        folders = [path for path in (*_SYSTEM, *(set(_LINKS) - set(links)), *_ETC) if path.exists()]
        arguments = [argument for path in folders for argument in _read_only(path, path)]
        for link in links:
            arguments += ["--symlink", str(link.readlink()), str(link)]
        return [*arguments, *(argument for base in self._bases() for argument in _read_only(base, base))]

    def _bases(self) -> list[Path]:
        """Programs and library of the environment's Python, under the name that it knows and under the real one."""
        prefixes = [self._base, self._base.resolve(), self._shown.python.resolve().parent.parent]
        folders = [prefix / part for prefix in prefixes if prefix != Path("/usr") for part in ("bin", "lib")]
        return [folder for folder in dict.fromkeys(folders) if folder.is_dir()]

    @staticmethod
    def _devices(limits: Limits) -> list[str]:
        # /proc read-only: as root even a sandbox without capabilities could write to /proc/sys, which is the machine's.
        return [
            *("--proc", "/proc", "--remount-ro", "/proc"),
            *("--dev", "/dev", "--size", str(_SHM), "--tmpfs", "/dev/shm", "--remount-ro", "/dev"),  # noqa: S108
            *("--size", str(max(_SHM, limits.memory // 4)), "--tmpfs", "/tmp"),  # noqa: S108
        ]

    def _refuse_overlap(self) -> None:
        shown = [*_SYSTEM, self._environment, *self._bases(), self._shown.students, self._shown.slots, self._shown.door]
        for hidden, folder in _overlaps(self._shown.hidden, shown):
            raise CannotRunError(
                f"{hidden} lies in {folder}, which every sandbox sees; move it elsewhere (labels must stay out of sandboxes)"
            )


def _read_only(source: Path, target: Path) -> list[str]:
    return ["--ro-bind", str(source), str(target)]


def _overlaps(hidden: Sequence[Path], shown: Iterable[Path]) -> list[tuple[Path, Path]]:
    return [(one, folder) for folder in shown for one in hidden if one.resolve().is_relative_to(folder.resolve())]
