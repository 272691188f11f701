"""`./start_unified.sh --docker`, with programs that stand in for engine and driver and note how they are called."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.settings import PROJECT
from tests.serving import free_port

# What the stand-in answers is in files beside its log: `image` says that there is one, `there` and `ours` that there is
# a container, `down` that the service in it ended.
ENGINE = """#!/usr/bin/env bash
here=$(dirname "$0")/..
printf '%q ' "$@" >>"$here/calls"; echo >>"$here/calls"
case "$1 ${2-}" in
"image inspect") [[ -e $here/image ]] ;;
"ps --all") if [[ $* == *label=* ]]; then cat "$here/ours" 2>/dev/null; else cat "$here/there" 2>/dev/null; fi; true ;;
"inspect --format") if [[ -e $here/down ]]; then echo false; else echo true; fi ;;
"exec "*) [[ ! -e $here/down ]] ;;
"info --format") echo '{"nvidia": {}}' ;;
"logs --tail") echo "no weights" ;;
esac
"""
HARDENED = (
    "--read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges"  # what every container is run with
)


@dataclass
class Machine:
    """A machine with stand-ins, and a checkout's folders."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    def has(self, *names: str) -> None:
        """Programs that are installed."""
        for name in names:
            path = self.folder / "bin" / name
            path.write_text(ENGINE)
            path.chmod(0o755)

    def has_gpu(self, free_mib: int = 20_000) -> None:
        path = self.folder / "bin" / "nvidia-smi"
        path.write_text(f"#!/bin/sh\ncase $* in *query-gpu*) echo {free_mib} ;; *) echo 'GPU 0: stand-in' ;; esac\n")
        path.chmod(0o755)

    def answers(self, name: str, text: str = "") -> None:
        (self.folder / name).write_text(text)

    def start(self, *flags: str, folder: Path = PROJECT) -> subprocess.CompletedProcess[str]:
        folders = ("--models-dir", str(self.folder / "models"), "--cache-dir", str(self.folder / "cache"))
        command = ["bash", str(PROJECT / "start_unified.sh"), "--docker", *folders, *flags]
        path = f"{self.folder / 'bin'}:{self.folder / 'system'}"
        environ = {"PATH": path, "HOME": str(self.folder)} | self.environ
        return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environ, check=False, cwd=folder)

    @property
    def calls(self) -> list[str]:
        """How the engine was called, without questions."""
        lines = (self.folder / "calls").read_text().splitlines()
        calls = [shlex.join(shlex.split(line)) for line in lines]
        return [call for call in calls if call.split()[0] in ("build", "run", "rm", "stop", "logs")]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    for name in ("bin", "system", "models"):
        (tmp_path / name).mkdir()
    for name in ("bash", "sh", "dirname", "basename", "cat", "id", "mkdir", "sort", "head", "grep", "sed", "realpath"):
        (tmp_path / "system" / name).symlink_to(f"/usr/bin/{name}")
    return Machine(tmp_path)


def run_call(machine: Machine, *, name: str = "editx", port: int | str = 7860, restart: str = "no", more: str) -> str:
    """The `run` that is expected."""
    return (
        f"run --detach --name {name} --label editx.service=true --restart {restart} {HARDENED}"
        f" --publish {port}:7860 --volume {machine.folder}/models:/app/models"
        f" --volume {machine.folder}/cache:/app/cache {more}"
    )


USER = f"--user {os.getuid()}:{os.getgid()}"


def test_the_image_is_built_and_run_and_waited_for(machine: Machine) -> None:
    machine.has("docker")
    port = free_port()
    done = machine.start("--port", str(port))
    assert done.returncode == 0, done.stderr
    assert machine.calls == [
        f"build --target cpu --tag editx:cpu {PROJECT}",
        run_call(machine, port=port, more=f"{USER} editx:cpu"),
    ]
    assert f"http://localhost:{port}/" in done.stdout
    assert (machine.folder / "cache").is_dir()


def test_an_image_that_is_there_is_not_built_unless_asked(machine: Machine) -> None:
    machine.has("docker")
    machine.answers("image")
    port = str(free_port())
    machine.start("--port", port)
    assert [call.split()[0] for call in machine.calls] == ["run"]
    machine.start("--port", port, "--build")
    assert [call.split()[0] for call in machine.calls] == ["run", "build", "run"]


def test_variables_and_flags_say_the_same(machine: Machine) -> None:
    machine.has("docker")
    port = str(free_port())
    by_flags = machine.start("--dry-run", "--name", "two", "--port", port, "--restart", "always", "--gpu", "1")
    machine.environ |= {"NAME": "two", "PORT": port, "RESTART": "always", "GPU_ID": "1"}
    by_variables = machine.start("--dry-run")
    assert by_flags.stdout == by_variables.stdout
    wanted = run_call(machine, name="two", port=port, restart="always", more=f"{USER} --gpus '\"device=1\"' editx:gpu")
    assert shlex.join(shlex.split(by_flags.stdout.splitlines()[-1])) == f"docker {wanted}"
    assert not (machine.folder / "calls").exists(), "nothing is run"


def test_a_gpu_brings_its_image_and_little_memory_is_told(machine: Machine) -> None:
    machine.has("docker")
    machine.has_gpu(free_mib=4000)
    done = machine.start("--port", str(free_port()))
    assert done.returncode == 0, done.stderr
    assert machine.calls[-1].endswith(f"{USER} --gpus all editx:gpu")
    assert "4000 MiB free" in done.stdout


def test_podman_keeps_the_user_and_names_the_gpu_its_own_way(machine: Machine) -> None:
    machine.has("podman")
    machine.has_gpu()
    done = machine.start("--dry-run", "--gpu", "0")
    assert done.stdout.splitlines()[-1].endswith(f"--userns keep-id {USER} --device nvidia.com/gpu=0 editx:gpu"), (
        done.stderr
    )
    done = machine.start("--gpu", "0", "--port", str(free_port()))
    assert done.returncode == 1
    assert "nvidia-ctk cdi generate" in done.stderr


def test_volumes_are_labelled_where_selinux_is_enforced(machine: Machine) -> None:
    machine.has("docker")
    getenforce = machine.folder / "bin" / "getenforce"
    getenforce.write_text("#!/bin/sh\necho Enforcing\n")
    getenforce.chmod(0o755)
    call = machine.start("--dry-run").stdout.splitlines()[-1]
    assert f"--volume {machine.folder}/models:/app/models:z --volume {machine.folder}/cache:/app/cache:z" in call


def test_flags_of_the_service_and_its_variables_are_handed_on_and_keys_stay_off_the_command_line(
    machine: Machine, tmp_path: Path
) -> None:
    machine.has("docker")
    (tmp_path / "keys.toml").touch()
    machine.environ |= {"EDITX_API_KEY": "geheim", "EDITX_THREADS": "4", "TZ": "Asia/Shanghai"}
    done = machine.start("--dry-run", "--no-ui", "--key-file", str(tmp_path / "keys.toml"), "--log-level=debug")
    call = done.stdout.splitlines()[-1]
    assert f"--volume {tmp_path}/keys.toml:/app/given/key-file/keys.toml:ro" in call
    assert "--env TZ --env EDITX_API_KEY --env EDITX_THREADS editx:cpu" in call
    assert call.endswith("editx:cpu --no-ui --key-file /app/given/key-file/keys.toml --log-level=debug")
    assert "geheim" not in done.stdout


def test_folders_of_here_are_mounted_though_their_paths_are_relative(machine: Machine, tmp_path: Path) -> None:
    machine.has("docker")
    call = machine.start("--dry-run", "--models-dir", "weights", "--cache-dir=c/d", folder=tmp_path).stdout
    assert f"--volume {tmp_path}/weights:/app/models --volume {tmp_path}/c/d:/app/cache" in call


def test_files_of_the_same_name_lie_side_by_side_in_the_container(machine: Machine, tmp_path: Path) -> None:
    machine.has("docker")
    for name in ("keys", "words"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x").touch()
    call = machine.start("--dry-run", "--key-file", "keys/x", "--lexicon=words/x", folder=tmp_path).stdout
    assert f"{tmp_path}/keys/x:/app/given/key-file/x:ro" in call
    assert f"{tmp_path}/words/x:/app/given/lexicon/x:ro" in call


def test_a_port_that_begins_with_a_zero_is_decimal(machine: Machine) -> None:
    machine.has("docker")
    machine.environ["PORT"] = "08080"
    done = machine.start("--dry-run")
    assert "--publish 8080:7860" in done.stdout, done.stderr


def test_a_set_up_alone_builds_the_image_and_starts_nothing(machine: Machine) -> None:
    machine.has("docker")
    assert machine.start("--setup-only").returncode == 0
    assert machine.calls == [f"build --target cpu --tag editx:cpu {PROJECT}"]


def test_only_its_own_container_is_replaced_or_stopped(machine: Machine) -> None:
    machine.has("docker")
    machine.answers("there", "0123")
    for flags in (["--port", str(free_port())], ["--stop"]):
        done = machine.start(*flags)
        assert done.returncode == 1
        assert "'editx'" in done.stderr
    assert not (machine.folder / "calls").exists() or machine.calls == []
    machine.answers("ours", "0123")
    machine.answers("image")
    assert machine.start("--port", str(free_port())).returncode == 0
    assert machine.start("--stop").returncode == 0
    assert [" ".join(call.split()[:3]) for call in machine.calls] == [
        "rm --force editx",
        "run --detach --name",
        "stop --time 15",
        "rm --force editx",
    ]


def test_log_and_status_are_asked_of_the_engine(machine: Machine) -> None:
    machine.has("docker")
    assert machine.start("--status").returncode == 1
    machine.answers("there", "editx: Up 2 minutes, editx:cpu")
    assert "Up 2 minutes" in machine.start("--status").stdout
    machine.start("--logs", "--name", "two")
    assert machine.calls == ["logs --follow two"]


def test_a_service_that_ends_is_told_with_its_log(machine: Machine) -> None:
    machine.has("docker")
    machine.answers("down")
    done = machine.start("--port", str(free_port()))
    assert done.returncode == 1
    assert "no weights" in done.stderr
    assert "the service ended" in done.stderr


def test_a_port_in_use_is_told_before_anything_is_built(machine: Machine) -> None:
    machine.has("docker")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = machine.start("--port", str(other.getsockname()[1]))
    assert done.returncode == 1
    assert "in use" in done.stderr
    assert machine.calls == []


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--restart", "sometimes"], "--restart"),
        (["--port", "99999"], "--port"),
        (["--wait", "a while"], "--wait"),
        (["--name"], "--name needs a value"),
        (["--engine", "lxc"], "'lxc' was not found"),
        (["--models-dir", "/no/such/folder"], "/no/such/folder"),
        (["--lexicon", "/no/such/file"], "--lexicon"),
        (["--image", "editx:gpu", "--gpu", "0"], "nvidia-smi finds none"),
    ],
)
def test_what_cannot_be_is_refused(machine: Machine, flags: list[str], told: str) -> None:
    machine.has("docker")
    done = machine.start(*flags)
    assert done.returncode == 1
    assert told in done.stderr


def test_without_an_engine_it_says_what_is_missing(machine: Machine) -> None:
    done = machine.start()
    assert done.returncode == 1
    assert "needs Docker or Podman" in done.stderr


def test_a_base_is_pinned_to_the_digest_that_the_registry_gives_and_to_no_other(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    script = tmp_path / "tools" / "pin_base.sh"
    script.write_bytes((PROJECT / "tools" / "pin_base.sh").read_bytes())
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text("ARG BASE=example.org/python:3.11@sha256:old\nFROM ${BASE}\n")
    engine = tmp_path / "engine"
    for told, status in ((f"example.org/python@sha256:{'a' * 64}", 0), ("<no value>", 1)):
        engine.write_text(f"#!/bin/sh\nif [ $1 = image ]; then echo '{told}'; fi\n")
        engine.chmod(0o755)
        done = subprocess.run(["bash", script], env=os.environ | {"ENGINE": str(engine)}, check=False)
        assert done.returncode == status
        assert dockerfile.read_text() == f"ARG BASE=example.org/python:3.11@sha256:{'a' * 64}\nFROM ${{BASE}}\n"
