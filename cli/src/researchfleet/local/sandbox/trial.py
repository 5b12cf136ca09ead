"""Whether sandboxes can be had on this machine, tried before anything is started."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from researchfleet.local.errors import CannotRunError
from researchfleet.local.sandbox.order import TOKEN_FD, Confinement, Limits, Order

_LIMITS = Limits(memory=1 << 30, processes=16, disk=1 << 20)
_PROGRAM = f"import os, researchfleet_agent; os.read({TOKEN_FD}, 9)"
_REMEDIES = """Sandboxes need unprivileged user namespaces. Where the system forbids them:
  Ubuntu 24.04 and later:   sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0
  older Debian:             sudo sysctl -w kernel.unprivileged_userns_clone=1
  none allowed (now {allowed}): sudo sysctl -w user.max_user_namespaces=10000
  in a container:           start it with --security-opt seccomp=unconfined --security-opt apparmor=unconfined
                            --security-opt systempaths=unconfined
or, if you trust what agents will run: --sandbox=none (they then see this machine's files and network)"""


async def trial(confinement: Confinement, folder: Path) -> None:
    """Start the agents' Python in a sandbox once; below `folder` there is a workspace for the moment.

    Raises CannotRunError, with how to mend it, where that does not work.
    """
    with TemporaryDirectory(prefix="trial-", dir=folder) as place:
        log = Path(place) / "log"
        workspace = Path(place) / "workspace"
        workspace.mkdir()
        order = Order("trial", ["-c", _PROGRAM], {}, workspace, None, _LIMITS, "none")
        try:
            box = await confinement.prepare(order, log)
        except CannotRunError as error:
            raise CannotRunError(f"no sandbox can be had here: {error}\n{_remedies()}") from None
        box.go()
        if status := await box.exit_status():
            said = log.read_text(errors="replace").strip()
            raise CannotRunError(
                f"the agents' Python does not run in a sandbox (status {status}): {said}\n"
                "`make install` builds its environment anew; --sandbox=none runs it without a sandbox"
            )


def _remedies() -> str:
    allowed = Path("/proc/sys/user/max_user_namespaces")
    return _REMEDIES.format(allowed=allowed.read_text().strip() if os.access(allowed, os.R_OK) else "unknown")
