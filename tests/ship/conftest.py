"""Shared by the tests: the rendered overlays, and helpers to walk through manifests."""

import contextlib
import functools
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
K8S = ROOT / "k8s"
OVERLAYS = sorted(path.name for path in (K8S / "overlays").iterdir())
WINDOWS = [name for name in OVERLAYS if not name.endswith("-linux")]
GMSA = [name for name in OVERLAYS if "gmsa" in name]
# Overlays whose database has a gMSA, and with it a credential spec, whatever the shop's login.
DOMAIN = [name for name in OVERLAYS if "domainless" in name or name in ("gmsa", "sql-auth-joined")]
BINARY = os.environ.get("BOOKSTORE_BINARY")
START_LIMIT = 60  # seconds until a shop listens
COMPONENTS = ["monitoring", "load-balancer", "http-route"]  # those that k8s/with.sh adds


def run(*command, **options):
    """Runs a command that must succeed and returns its standard output."""
    done = subprocess.run(command, capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout


@contextlib.contextmanager
def running_shop(folder, **settings):
    """A shop on a new embedded store in the folder: its address, and the text of its log."""
    if BINARY is None:
        pytest.skip("NO BINARY: build bookstore first")
    settings = {
        "connectionstring": f"Server=(embedded);AttachDbFilename={folder}/books.db;User ID=sa",
        "BOOKSTORE_ADDR": "127.0.0.1:0",
        "BOOKSTORE_ADMIN_ADDR": "127.0.0.1:0",
        **settings,
    }
    log = Path(folder) / "log"
    # Not to a pipe: nobody would read it, and a full pipe stops the shop.
    with log.open("w") as output, subprocess.Popen([BINARY, "serve"], env=settings, stderr=output) as process:
        try:
            end = time.monotonic() + START_LIMIT
            while not (listening := re.search(r"listening on (http://[\w.:]+)", log.read_text())):
                assert process.poll() is None and time.monotonic() < end, log.read_text()
                time.sleep(0.05)
            yield listening[1], log.read_text()
        finally:
            process.terminate()


@functools.cache
def _kustomize(directory):
    return run("kubectl", "kustomize", str(K8S / directory))


def kustomize(directory):
    """The objects of a directory under k8s/, fresh each time so that a test may change them."""
    return list(yaml.safe_load_all(_kustomize(directory)))


def render(overlay):
    return kustomize(f"overlays/{overlay}")


@functools.cache
def _with_components(overlay):
    return run(str(K8S / "with.sh"), overlay, *COMPONENTS)


def with_components(overlay):
    return list(yaml.safe_load_all(_with_components(overlay)))


def on_a_cluster(cluster, *command, **environment):
    """Runs a script with fake_kubectl.py as kubectl, on the objects in the directory `cluster`; without one, the cluster is unreachable."""
    with tempfile.TemporaryDirectory() as path:
        kubectl = Path(path) / "kubectl"
        kubectl.write_text((Path(__file__).parent / "fake_kubectl.py").read_text().replace("/usr/bin/env python3", sys.executable))
        kubectl.chmod(0o755)
        if cluster:
            environment["FAKE_CLUSTER"] = str(cluster)
        return subprocess.run(list(map(str, command)), capture_output=True, text=True,
                              env={"PATH": f"{path}:{os.environ['PATH']}", **environment})


@functools.cache
def _secrets():
    with tempfile.TemporaryDirectory() as nothing:
        done = on_a_cluster(nothing, K8S / "secrets.sh", EXTERNAL_CONNECTIONSTRING="Server=x")
    assert done.returncode == 0, done.stderr
    return done.stdout


def secrets():
    """What secrets.sh prints for a new cluster, with a database outside of it too."""
    return list(filter(None, yaml.safe_load_all(_secrets())))


def parameters():
    lines = (K8S / "parameters/parameters.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def of_kind(objects, *kinds):
    return [each for each in objects if each["kind"] in kinds]


def named(objects, kind, name):
    [found] = [each for each in of_kind(objects, kind) if each["metadata"]["name"] == name]
    return found


def workloads(objects):
    return of_kind(objects, "Deployment", "StatefulSet", "Job")


def pod(workload):
    return workload["spec"]["template"]["spec"]


def container(workload):
    [only] = pod(workload)["containers"]
    return only


def labels(workload):
    return workload["spec"]["template"]["metadata"]["labels"]


def bookstore(*arguments, **options):
    """Runs the built bookstore, which must succeed, and returns its standard output."""
    if not BINARY:
        pytest.skip("NO BINARY: cargo build -p bookstore-web, or give check.sh the path of a bookstore")
    return run(BINARY, *arguments, env={}, **options)


@pytest.fixture
def tools():
    """Paths of tools that are not on PATH."""
    return {"checkov": os.environ["CHECKOV"], "node_modules": os.environ["NODE_MODULES"]}
