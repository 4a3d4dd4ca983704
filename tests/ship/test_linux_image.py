"""The Linux image, built by linux-image.sh and run as a container engine would run it: as 10001, in a chroot, with nothing writable.
Where it cannot be built, the Dockerfile's own script creates its root file system instead."""

import base64
import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT, named, run, secrets

BINARY = os.environ.get("BOOKSTORE_BINARY")
IMAGE = os.environ.get("BOOKSTORE_LINUX_IMAGE")
DOCKERFILE = (ROOT / "docker/web.linux.Dockerfile").read_text()
VOLUME = re.search(r"^VOLUME (.*)", DOCKERFILE, re.M)[1]
pytestmark = [
    pytest.mark.skipif(not (BINARY or IMAGE), reason="NO BINARY: cargo build -p bookstore-web, or give check.sh the path of a bookstore"),
    pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="chroot needs root on Linux"),
]


@pytest.fixture(scope="module")
def rootfs(tmp_path_factory):
    if IMAGE:
        return Path(IMAGE, "rootfs")
    root = tmp_path_factory.mktemp("image") / "rootfs"
    run(str(ROOT / "docker/linux-rootfs.sh"), BINARY, str(root))
    return root


@pytest.fixture(scope="module")
def config():
    """The built image's configuration."""
    if not IMAGE:
        missing = "NO IMAGE: ./test.sh --all builds it, where the machine can"
        pytest.fail(missing) if os.environ.get("BOOKSTORE_TEST_ALL") else pytest.skip(missing)
    return json.loads(Path(IMAGE, "image.json").read_text())["Docker"]["config"]


# unshare -m: the mounts are this process's alone and go with it.
CONTAINER = """
mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" {volumes} || exit 125
exec unshare --root="$0" --wd={directory} --setgid=10001 --setuid=10001 /usr/bin/bookstore "$@"
"""


def container(rootfs, *arguments, volumes=(), directory="/"):
    """The command that runs the program in the image, where only `volumes` can be written, as by `docker run --read-only`."""
    # A volume has the owner and the mode of its directory in the image.
    stats = [(each, (rootfs / each.lstrip("/")).stat()) for each in volumes]
    mounts = "".join(f'&& mount -t tmpfs -o mode={stat.st_mode & 0o7777:o},uid={stat.st_uid},gid={stat.st_gid} tmpfs "$0{each}"'
                     for each, stat in stats)
    script = CONTAINER.format(volumes=mounts, directory=directory)
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, str(rootfs), *arguments]


def test_program_starts_with_nothing_but_its_libraries(rootfs):
    assert "serve" in run(*container(rootfs, "--help"), env={})


def test_there_is_no_shell_and_no_file_that_the_user_could_change(rootfs):
    names = {path.name for path in rootfs.rglob("*") if path.is_file()}
    assert names.isdisjoint({"sh", "bash", "dash", "busybox", "apt", "dpkg", "perl", "python3"})
    writable = [path for path in rootfs.rglob("*") if not path.is_symlink() and path.stat().st_mode & 0o022]
    assert sorted(f"/{path.relative_to(rootfs)}" for path in writable) == ["/tmp", VOLUME]
    assert not [path for path in rootfs.rglob("*") if path.is_file() and path.stat().st_mode & 0o6000], "setuid"


def test_kerberos_library_is_there_with_all_that_it_needs(rootfs):
    library = next((rootfs / "usr/lib").rglob("libgssapi_krb5.so.2"))
    loader = next((rootfs / "usr/lib64").glob("ld-linux-*"))
    inside = "/" + str(library.relative_to(rootfs))
    listed = run("chroot", str(rootfs), "/" + str(loader.relative_to(rootfs)), "--list", inside)
    assert "not found" not in listed and "libkrb5.so.3" in listed


def test_program_in_the_image_is_built_with_kerberos_and_traces():
    assert "-p bookstore-web --features kerberos,otel " in DOCKERFILE


@pytest.mark.parametrize("key", ["sql-auth", "gmsa"])
def test_program_understands_the_string_of_the_secrets_script(rootfs, key):
    encoded = named(secrets(), "Secret", "bookstore-connection")["data"][key]
    # The root file system has no resolv.conf, so the program gets as far as the server's name.
    done = subprocess.run(container(rootfs, "migrate"), capture_output=True, text=True,
                          env={"connectionstring": base64.b64decode(encoded).decode()})
    assert "svc.cluster.local cannot be resolved" in done.stderr


UNREACHABLE = "Server=localhost,1;Database=Bookstore;User Id=sa;Password=x;Connect Timeout=1"


# The health check needs no database. Without a connection string the books are in the working directory, which is the volume.
@pytest.mark.parametrize("connection, options", [
    ({"connectionstring": UNREACHABLE}, {}), ({}, {"volumes": [VOLUME], "directory": VOLUME}),
], ids=["database unreachable", "no connection string"])
def test_shop_and_health_check_work_on_a_read_only_root(rootfs, connection, options):
    # Port 0 would be chosen by the system, but the health check has to know the port: take one that is free now.
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        admin = f"127.0.0.1:{free.getsockname()[1]}"
    settings = {"BOOKSTORE_ADDR": "127.0.0.1:0", "BOOKSTORE_ADMIN_ADDR": admin, "BOOKSTORE_LOG_FORMAT": "json", **connection}
    server = subprocess.Popen(container(rootfs, "serve", **options), env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        # Its first line has the address, so the test does not depend on time.
        lines = []
        for line in server.stdout:
            lines.append(line)
            if admin in line:
                break
        assert server.poll() is None, "".join(lines)
        run(*container(rootfs, "healthcheck"), env=settings)
    finally:
        server.terminate()
        rest = server.communicate(timeout=40)[0]
    assert server.returncode == 0, "".join(lines) + rest


def test_image_configures_user_ports_and_health_check(config):
    assert config["User"] == "10001:10001"
    # Without a connection string the shop's books are in the working directory.
    assert [config["WorkingDir"]] == list(config["Volumes"]) == ["/var/lib/bookstore"]
    assert config["ExposedPorts"].keys() == {"8080/tcp", "9090/tcp"}
    assert config["Healthcheck"]["Test"] == ["CMD", "/usr/bin/bookstore", "healthcheck"]
    assert {"org.opencontainers.image.version", "org.opencontainers.image.licenses"} <= config["Labels"].keys()


def test_image_serves_a_page_by_its_own_settings(config, rootfs, tmp_path):
    settings = dict(each.split("=", 1) for each in config["Env"])
    program, command = config["Entrypoint"] + config["Cmd"], config["Healthcheck"]["Test"][2:]
    assert program == ["/usr/bin/bookstore", "serve"]
    # A network of its own, so that the image's ports are free.
    network = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    log = tmp_path / "log"
    shop = container(rootfs, "serve", volumes=config["Volumes"], directory=config["WorkingDir"])
    server = subprocess.Popen([*network, *shop], env=os.environ | settings, stdout=log.open("w"), stderr=subprocess.STDOUT)
    inside = ["nsenter", f"--net=/proc/{server.pid}/ns/net"]
    try:
        for _ in range(100):
            page = subprocess.run([*inside, "curl", "-sf", "http://127.0.0.1:8080/"], capture_output=True, text=True)
            if page.returncode == 0:
                break
            assert server.poll() is None, log.read_text()
            time.sleep(0.1)
        assert "<title>" in page.stdout and "Bookstore" in page.stdout
        run(*inside, *container(rootfs, *command), env=os.environ | settings)
    finally:
        server.terminate()
        server.wait(timeout=40)
    assert server.returncode == 0
