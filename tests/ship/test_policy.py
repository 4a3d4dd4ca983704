"""The findings of a policy scanner (checkov), with every exception explained, and Pod Security's `restricted` for the shop."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from conftest import K8S, OVERLAYS, container, of_kind, pod, render, with_components

EXCEPTIONS = yaml.safe_load((Path(__file__).parent / "policy-exceptions.yaml").read_text())


def scan(checkov, framework, directory):
    """Check ids and resources that failed."""
    done = subprocess.run([checkov, "--directory", str(directory), "--framework", framework, "--output", "json", "--compact",
                           "--quiet", "--skip-download"], capture_output=True, text=True)
    found = json.loads(done.stdout)
    assert found["summary"]["parsing_errors"] == 0 and found["summary"]["passed"] > 0, done.stdout[-2000:]
    return found["results"]["failed_checks"]


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    directory = tmp_path_factory.mktemp("rendered")
    for overlay in OVERLAYS:
        (directory / f"{overlay}.yaml").write_text(yaml.safe_dump_all(with_components(overlay)))
    return {(each["check_id"], f"{Path(each['file_path']).stem}/{each['resource']}"): each["check_name"]
            for each in scan(os.environ["CHECKOV"], "kubernetes", directory)}


def excepted(check, where):
    return [each for each in EXCEPTIONS if check in each["checks"] and re.fullmatch(each["where"], where)]


def test_every_finding_of_the_policy_scanner_is_explained(findings):
    assert [f"{check} {name}: {where}" for (check, where), name in sorted(findings.items()) if not excepted(check, where)] == []


def test_every_exception_is_still_needed(findings):
    needed = {(check, each["where"]) for check, where in findings for each in excepted(check, where)}
    assert [pair for each in EXCEPTIONS for pair in [(check, each["where"]) for check in each["checks"]] if pair not in needed] == []


def test_scanner_finds_nothing_in_the_stacks(tools, tmp_path):
    for name in "directory", "accounts", "nodes":
        (tmp_path / f"{name}.yaml").write_text((K8S / f"eks/{name}.yaml").read_text())
    assert [f"{each['check_id']} {each['resource']}" for each in scan(tools["checkov"], "cloudformation", tmp_path)] == []


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_shops_pods_meet_pod_security_restricted(overlay):
    # https://kubernetes.io/docs/concepts/security/pod-security-standards/: Linux-only controls are checked on Linux only.
    for workload in of_kind(render(overlay), "Deployment", "Job"):
        spec = pod(workload)
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert not any(spec.get(each) for each in ("hostNetwork", "hostPID", "hostIPC"))
        assert all(set(volume) == {"name", "secret"} for volume in spec["volumes"])
        if spec["os"]["name"] == "linux":
            assert spec["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"
            assert container(workload)["securityContext"] == {
                "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_pod_gets_a_token_for_the_kubernetes_api(overlay):
    for workload in of_kind(render(overlay), "Deployment", "StatefulSet", "Job"):
        assert pod(workload)["automountServiceAccountToken"] is False
