"""What the tests share: the rendered overlays, and small ways to walk through manifests."""

import functools
import os
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
K8S = ROOT / "k8s"
OVERLAYS = sorted(path.name for path in (K8S / "overlays").iterdir())
WINDOWS = [name for name in OVERLAYS if not name.endswith("-linux")]
GMSA = [name for name in OVERLAYS if "gmsa" in name]
BINARY = os.environ.get("BOOKSTORE_BINARY")
COMPONENTS = ["monitoring", "load-balancer"]  # those that k8s/with.sh adds


def run(*command, **options):
    """Runs a command that must succeed; its standard output."""
    done = subprocess.run(command, capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout


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


def selects(selector, found):
    """Whether a label selector (matchLabels and the operator In) selects these labels."""
    return all(found.get(key) == value for key, value in selector.get("matchLabels", {}).items()) and all(
        found.get(rule["key"]) in rule["values"] for rule in selector.get("matchExpressions", [])
    )


def bookstore(*arguments, **options):
    """Runs the built bookstore, which must succeed; its standard output."""
    if not BINARY:
        pytest.skip("NO BINARY: cargo build -p bookstore-web, or give check.sh the path of a bookstore")
    return run(BINARY, *arguments, env={}, **options)


@pytest.fixture
def tools():
    """Paths of tools that are not on PATH."""
    return {"checkov": os.environ["CHECKOV"], "node_modules": os.environ["NODE_MODULES"]}
