"""What a program inside of a sandbox can reach when it tries."""

import os
import socket
import sys
from pathlib import Path

import pytest

# What each test's program may use.
TRYING = """
import ctypes, json, os, pathlib, socket, sys

def attempt(do):
    try:
        return do()
    except OSError as error:
        return os.strerror(error.errno)

def read(path):
    return attempt(lambda: pathlib.Path(path).read_bytes().decode(errors="replace"))

def names(path):
    return attempt(lambda: sorted(os.listdir(path)))

def write(path):
    return attempt(lambda: pathlib.Path(path).write_bytes(b"1"))

def say(**found):
    print(json.dumps(found))
"""
GONE = os.strerror(2)
READ_ONLY = os.strerror(30)


@pytest.fixture(scope="module")
def inside(sandboxes_in, tmp_path_factory):
    """Runs a program in a sandbox; returns what it said."""
    place = sandboxes_in(tmp_path_factory.mktemp("escapes"))
    (place.folder / "features").mkdir()

    def run(program):
        ended = place.run(TRYING + program, features=place.folder / "features")
        assert ended.status == 0, ended.printed
        return ended.told

    run.folder = place.folder
    return run


def test_the_root_holds_nothing_but_what_a_run_needs(inside):
    seen = inside("say(root=names('/'), etc=names('/etc'), usr=names('/usr'), run=names('/run'))")
    way_to_python = Path(sys.base_prefix).parts[1]
    system = {"bin", "dev", "etc", "lib", "lib64", "proc", "tmp", "usr"}
    ours = {"env", "features", "run", "slots", "students", "workspace"}
    assert set(seen["root"]) - {way_to_python, "lib32"} == (system | ours) - {way_to_python}
    assert seen["etc"] == ["ld.so.cache"]
    assert set(seen["usr"]) <= {"bin", "lib", "lib32", "lib64", "local"}
    assert seen["run"] == []


@pytest.mark.parametrize(
    "path",
    [
        "checkout/testbeds/movie/labels/test.npy",
        "checkout/testbeds/movie/sealed/inputs/pool.jsonl.xz",
        "run/hub.db",
        "run/run/runtime.token",
        "run/agents/other/journal.jsonl",
    ],
)
def test_labels_sealed_rows_databases_tokens_and_other_workspaces_cannot_be_read(inside, path):
    assert (inside.folder / path).read_text()
    for way in (inside.folder / path, Path("/proc/1/root") / str(inside.folder / path)[1:], Path("/workspace/..") / path):
        assert inside(f"say(content=read({str(way)!r}))")["content"] in {GONE, os.strerror(13), os.strerror(20)}


def test_the_home_and_accounts_of_the_machine_cannot_be_read(inside):
    seen = inside(f"say(home=names({str(Path.home())!r}), passwd=read('/etc/passwd'), shadow=read('/etc/shadow'))")
    python, home = Path(sys.base_prefix), Path.home()
    assert seen["passwd"] == seen["shadow"] == GONE
    assert seen["home"] == ([python.relative_to(home).parts[0]] if python.is_relative_to(home) else GONE)


def test_only_workspace_tmp_and_shm_can_be_written(inside):
    closed = ["/", "/env/", "/students/", "/features/", "/slots/", "/run/", "/usr/bin/", "/etc/", "/dev/"]
    opened = ["/workspace/", "/tmp/", "/dev/shm/"]
    seen = inside(f"say(closed=[write(place + 'x') for place in {closed}], opened=[write(p + 'x') for p in {opened}])")
    assert seen == {"closed": [READ_ONLY] * len(closed), "opened": [1] * len(opened)}


def test_settings_of_the_machine_cannot_be_changed(inside):
    paths = ["sys/kernel/hostname", "sys/vm/drop_caches", "sys/kernel/core_pattern", "1/oom_score_adj"]
    assert inside(f"say(written=[write('/proc/' + path) for path in {paths}])")["written"] == [READ_ONLY] * len(paths)


def test_no_process_of_the_machine_is_seen(inside):
    seen = inside(f"say(pids=[n for n in names('/proc') if n.isdigit()], killed=attempt(lambda: os.kill({os.getpid()}, 9)))")
    assert set(seen["pids"]) <= {"1", "2", "3"}
    assert seen["killed"] == os.strerror(3)


def test_the_sandbox_s_first_process_tells_nothing_of_the_machine(inside, monkeypatch):
    monkeypatch.setenv("PROVIDER_KEY", "sk-secret")
    seen = inside("say(environ=read('/proc/1/environ'), line=read('/proc/1/cmdline'), fds=names('/proc/1/fd'))")
    assert "sk-secret" not in seen["environ"]
    assert str(Path.home()) not in seen["environ"]
    assert str(inside.folder) not in seen["line"]
    assert "/work" not in seen["line"].replace("/workspace", "")


def test_no_variable_of_the_machine_gets_in(inside, monkeypatch):
    monkeypatch.setenv("PROVIDER_KEY", "sk-secret")
    assert "PROVIDER_KEY" not in inside("say(names=list(os.environ))")["names"]


def test_there_is_no_network_but_the_sandbox_s_own_loopback(inside):
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind("\0researchfleet-test")
        abstract.listen()
        seen = inside(
            f"""
def reach(family, address):
    with socket.socket(family) as one:
        one.settimeout(2)
        return attempt(lambda: one.connect(address))
say(interfaces=[name for _, name in socket.if_nameindex()],
    outside=reach(socket.AF_INET, ("192.0.2.1", 80)),
    outside6=reach(socket.AF_INET6, ("2001:db8::1", 80)),
    machine=reach(socket.AF_INET, ("127.0.0.1", {server.getsockname()[1]})),
    abstract=reach(socket.AF_UNIX, "\\0researchfleet-test"))
"""
        )
    assert seen["interfaces"] == ["lo"]
    assert seen["outside"] == seen["outside6"] == os.strerror(101)
    assert seen["machine"] == seen["abstract"] == os.strerror(111)


def test_the_hub_s_socket_is_the_one_way_out_and_a_restarted_hub_is_found_again(inside):
    door = inside.folder / "door" / "hub.sock"
    for _ in range(2):
        with socket.socket(socket.AF_UNIX) as hub:
            hub.bind(str(door))
            hub.listen()
            inside("one = socket.socket(socket.AF_UNIX); one.connect('/run/hub.sock'); say(ok=True)")
        door.unlink()


def test_it_holds_no_capability_and_can_get_none(inside):
    seen = inside(
        """
libc = ctypes.CDLL(None, use_errno=True)
status = dict(line.split(":\\t", 1) for line in read("/proc/self/status").splitlines())
mounted = libc.mount(b"none", b"/tmp", b"tmpfs", 0, None), ctypes.get_errno()
unshared = libc.unshare(0x10000000), ctypes.get_errno()
say(capabilities=[status[name] for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb")], sealed=status["NoNewPrivs"],
    mounted=mounted, unshared=unshared)
"""
    )
    assert {int(one, 16) for one in seen["capabilities"]} == {0}
    assert seen["sealed"] == "1"
    assert seen["mounted"] == [-1, 1]
    assert seen["unshared"][0] == -1


def test_the_token_comes_once_and_no_other_process_can_take_it(inside):
    """The relay makes itself private before it starts the researcher; so does this program."""
    seen = inside(
        """
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE
again = os.read(3, 100).decode()
relay = os.getpid()
if child := os.fork():
    os.wait()
    say(token=TOKEN.decode(), again=again, **json.loads(pathlib.Path("/workspace/found").read_text()))
else:
    os.close(3)
    libc.prctl(4, 1, 0, 0, 0)
    traced = libc.ptrace(16, relay, 0, 0), ctypes.get_errno()  # PTRACE_ATTACH
    found = {"traced": traced, "pipe": read(f"/proc/{relay}/fd/3"), "memory": read(f"/proc/{relay}/mem"),
             "environ": read(f"/proc/{relay}/environ"), "first": read("/proc/1/fd/3")}
    pathlib.Path("/workspace/found").write_text(json.dumps(found))
"""
    )
    assert (seen["token"], seen["again"]) == ("token-of-this-one", "")
    assert seen["traced"] == [-1, 1]
    assert seen["pipe"] == seen["memory"] == seen["environ"] == os.strerror(13)
    assert seen["first"] in {GONE, os.strerror(13)}


def test_a_checkout_that_lies_in_what_sandboxes_see_is_refused(sandboxes):
    from dataclasses import replace

    from researchfleet.local.errors import CannotRunError
    from researchfleet.local.sandbox.bubblewrap import Bubblewrap

    visible = replace(sandboxes.shown, hidden=[sandboxes.shown.students / "checkout"])
    with pytest.raises(CannotRunError, match="labels must stay out of sandboxes"):
        Bubblewrap(visible)
