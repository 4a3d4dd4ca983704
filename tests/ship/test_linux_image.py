"""The Linux image's root file system, made by the Dockerfile's own script and run as the image would be: as 10001, in a chroot,
with nothing writable. There is no container engine here; what that leaves unchecked is the Dockerfile's own instructions."""

import base64
import os
import socket
import subprocess
import sys

import pytest
import yaml
from conftest import K8S, ROOT, run

BINARY = os.environ.get("BOOKSTORE_BINARY")
pytestmark = [
    pytest.mark.skipif(not BINARY, reason="NO BINARY: cargo build -p bookstore-web, or give check.sh the path of a bookstore"),
    pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="chroot needs root on Linux"),
]


@pytest.fixture(scope="module")
def rootfs(tmp_path_factory):
    root = tmp_path_factory.mktemp("image") / "rootfs"
    run(str(ROOT / "docker/linux-rootfs.sh"), BINARY, str(root))
    # The user has to get there.
    for parent in root.parents[:3]:
        parent.chmod(0o755)
    return root


# unshare -m: the read-only bind mount is this process's alone and goes with it.
CONTAINER = """
mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" || exit 125
exec chroot --userspec=10001:10001 "$0" /usr/bin/bookstore "$@"
"""


def container(rootfs, *arguments, **options):
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", CONTAINER, str(rootfs), *arguments]


def test_the_program_starts_with_nothing_but_its_libraries(rootfs):
    assert "serve" in run(*container(rootfs, "--help"), env={})


def test_there_is_no_shell_and_no_file_that_the_user_could_change(rootfs):
    names = {path.name for path in rootfs.rglob("*") if path.is_file()}
    assert names.isdisjoint({"sh", "bash", "dash", "busybox", "apt", "dpkg", "perl", "python3"})
    writable = [path for path in rootfs.rglob("*") if not path.is_symlink() and path.stat().st_mode & 0o022 and path.name != "tmp"]
    assert writable == []
    assert not [path for path in rootfs.rglob("*") if path.is_file() and path.stat().st_mode & 0o6000], "setuid"


def test_the_kerberos_library_is_there_with_all_that_it_needs(rootfs):
    library = next((rootfs / "usr/lib").rglob("libgssapi_krb5.so.2"))
    loader = next((rootfs / "usr/lib64").glob("ld-linux-*"))
    inside = "/" + str(library.relative_to(rootfs))
    listed = run("chroot", str(rootfs), "/" + str(loader.relative_to(rootfs)), "--list", inside)
    assert "not found" not in listed and "libkrb5.so.3" in listed


def test_the_program_in_the_image_is_built_with_kerberos():
    assert "-p bookstore-web --features kerberos" in (ROOT / "docker/web.linux.Dockerfile").read_text()


def test_the_program_understands_the_strings_that_the_secrets_script_makes(rootfs, tmp_path):
    made = run(str(K8S / "secrets.sh"), env={"PATH": "/usr/bin:/bin", "BOOKSTORE_SA_PASSWORD_FILE": str(tmp_path / "sa")})
    [connection] = [each for each in yaml.safe_load_all(made) if each and each["metadata"]["name"] == "bookstore-connection"]
    for name, encoded in connection["data"].items():
        # The root file system has no resolv.conf, so understanding the string ends at the server's name.
        done = subprocess.run(container(rootfs, "migrate"), capture_output=True, text=True,
                              env={"connectionstring": base64.b64decode(encoded).decode()})
        assert "svc.cluster.local cannot be resolved" in done.stderr, f"{name}: {done.stderr}"


def test_the_shop_serves_and_its_health_check_answers_on_a_read_only_root(rootfs):
    # Port 0 would be chosen by the system, but the health check has to know the port: take one that is free now.
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        admin = f"127.0.0.1:{free.getsockname()[1]}"
    # No database is there; alive is alive.
    settings = {"BOOKSTORE_ADDR": "127.0.0.1:0", "BOOKSTORE_ADMIN_ADDR": admin, "BOOKSTORE_LOG_FORMAT": "json",
                "connectionstring": "Server=localhost,1;Database=Bookstore;User Id=sa;Password=x;Connect Timeout=1"}
    server = subprocess.Popen(container(rootfs, "serve"), env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        # The first line says where it listens, so nothing has to be guessed from the time that passes.
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
