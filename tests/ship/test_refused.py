"""The checks of kube/ refuse what a cluster refuses: each file in refused/ breaks the one rule that it is named after."""

import copy
import re
from pathlib import Path

import kube
import pytest
import yaml
from conftest import K8S, OVERLAYS, render, workloads
from kube import windows

REFUSED_FOLDER = Path(__file__).parent / "refused"
REFUSED = sorted(REFUSED_FOLDER.glob("*.yaml"))
BY_THE_API_SERVER = sorted(name for name, rule in kube.RULES.items() if rule.__doc__.startswith("API server: "))
WHO = ("kubectl: ", "API server: ", "CRD: ", "PodSecurity: ", "ServiceAccount admission: ", "gMSA webhook: ", "RBAC: ", "eviction API: ",
       "controller: ", "cloud controller: ", "kubelet: ", "node: ", "kustomize: ", "network plug-in: ", "Gateway API: ", "Prometheus operator: ")


@pytest.mark.parametrize("file", REFUSED, ids=lambda file: file.stem)
def test_bad_manifest_breaks_the_rule_of_its_name(file):
    assert {rule for rule, _ in kube.problems_of_text(file.read_text())} == {file.stem}


def test_every_rule_has_a_bad_manifest():
    assert len(REFUSED) >= 40
    assert {file.stem for file in REFUSED} == kube.RULES.keys()


def test_every_rule_names_who_refuses():
    assert [name for name, rule in kube.RULES.items() if not (rule.__doc__ or "").startswith(WHO)] == []


def server_message(rule):
    """What the API server answers, from the bad manifest's line `# Message: …`; test_cluster.py compares it with a real one's."""
    [message] = re.findall("^# Message: (.+)$", (REFUSED_FOLDER / f"{rule}.yaml").read_text(), re.M)
    return message


@pytest.mark.parametrize("rule", BY_THE_API_SERVER)
def test_bad_manifest_of_the_api_server_has_its_message(rule):
    assert server_message(rule)


def changed(overlay, change):
    objects = render(overlay)
    for workload in workloads(objects):
        change(workload["spec"]["template"]["spec"])
    return {rule for rule, _ in kube.problems(objects)}


# Values of the right type: the schema must not be what refuses them.
VALUES = {"appArmorProfile": {"type": "Unconfined"}, "seLinuxOptions": {"level": "s0"}, "seccompProfile": {"type": "RuntimeDefault"},
          "fsGroup": 1, "fsGroupChangePolicy": "Always", "seLinuxChangePolicy": "Recursive", "sysctls": [], "runAsUser": 1, "runAsGroup": 1,
          "supplementalGroups": [], "supplementalGroupsPolicy": "Merge", "capabilities": {"drop": ["ALL"]}, "procMount": "Default",
          "readOnlyRootFilesystem": False, "privileged": False, "allowPrivilegeEscalation": False,
          "hostPID": True, "hostIPC": True, "hostUsers": False, "shareProcessNamespace": False}


@pytest.mark.parametrize("field", windows.POD_FIELDS)
def test_windows_pod_refuses_the_pods_field(field):
    assert "windows-pod-field" in changed("gmsa", lambda spec: spec.update({field: VALUES[field]}))


@pytest.mark.parametrize("field", windows.POD_CONTEXT_FIELDS)
def test_windows_pod_refuses_the_security_contexts_field(field):
    assert "windows-pod-field" in changed("gmsa", lambda spec: spec["securityContext"].update({field: VALUES[field]}))


@pytest.mark.parametrize("kind", ["containers", "initContainers"])
@pytest.mark.parametrize("field", windows.CONTAINER_FIELDS)
def test_windows_pod_refuses_the_containers_field(field, kind):
    def change(spec):
        spec[kind] = copy.deepcopy(spec["containers"])
        spec[kind][0]["securityContext"] = {field: VALUES[field]}
    assert "windows-container-field" in changed("gmsa", change)


@pytest.mark.parametrize("where", [lambda spec: spec, lambda spec: spec["containers"][0]], ids=["pod", "container"])
def test_linux_pod_refuses_windows_options(where):
    change = lambda spec: where(spec)["securityContext"].update(windowsOptions={})
    assert "windows-options-on-linux" in changed("sql-auth-linux", change)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_only_the_linux_overlay_has_fields_of_linux(overlay):
    text = yaml.safe_dump_all(render(overlay))
    for field in windows.CONTAINER_FIELDS:
        assert f" {field}:" not in text or overlay.endswith("-linux")


def test_sql_server_on_linux_keeps_the_capability_of_its_binary():
    database = yaml.safe_load((K8S / "components/linux/database.yaml").read_text())
    [sql] = database["spec"]["template"]["spec"]["containers"]
    assert sql["securityContext"]["capabilities"] == {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}
