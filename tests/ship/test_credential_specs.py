"""Credential specs and their RBAC: the CRD's schema, what the webhook will ask, and what `bookstore` itself says of them."""

import copy
import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from conftest import (GMSA, K8S, OVERLAYS, bookstore, container, kustomize, named, of_kind, parameters, pod, render, run,
                      with_components, workloads)

SCHEMA = json.loads((Path(__file__).parent / "credential-spec.schema.json").read_text())


def specs(overlay):
    return of_kind(render(overlay), "GMSACredentialSpec")


@pytest.mark.parametrize("overlay", GMSA)
def test_credential_specs_have_the_schema_of_the_crd(overlay):
    assert specs(overlay)
    for spec in specs(overlay):
        jsonschema.validate(spec, SCHEMA)


@pytest.mark.parametrize("path, value", [
    (["credspec", "DomainJoinConfig", "MachineAccountName"], "bookstore-web$"),
    (["credspec", "DomainJoinConfig", "MachineAccountName"], "sixteen-letters-"),
    (["credspec", "DomainJoinConfig", "NetBiosName"], "corp.example.com"),
    (["credspec", "DomainJoinConfig", "Sid"], "S-1-5-21-1-2-3-1104"),
    (["credspec", "ActiveDirectoryConfig", "HostAccountConfig", "PluginGUID"], "859E1386-BDB4-49E8-85C7-3070B13920E1"),
    (["credspec", "ActiveDirectoryConfig", "HostAccountConfig", "PluginInput"], {"credentialArn": "arn"}),
    (["credspec", "ActiveDirectoryConfig", "HostAccountConfig", "PortableCcgVersion"], 1),
    (["metadata", "namespace"], "bookstore"),
])
def test_the_schema_refuses_what_fails_later(path, value):
    spec = copy.deepcopy(specs("gmsa-domainless-eks")[0])
    at = spec
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(spec, SCHEMA)


@pytest.mark.parametrize("overlay", GMSA)
def test_each_pods_service_account_may_use_its_credential_spec_and_no_other(overlay):
    rendered = render(overlay)
    for workload in workloads(rendered):
        name = pod(workload)["securityContext"].get("windowsOptions", {}).get("gmsaCredentialSpecName")
        if name is None:
            continue
        named(rendered, "GMSACredentialSpec", name)
        account = pod(workload)["serviceAccountName"]
        named(rendered, "ServiceAccount", account)
        bindings = [each for each in of_kind(rendered, "RoleBinding")
                    if {"kind": "ServiceAccount", "name": account, "namespace": "bookstore"} in each["subjects"]]
        rules = [rule for each in bindings for rule in named(rendered, "ClusterRole", each["roleRef"]["name"])["rules"]]
        assert rules == [{"apiGroups": ["windows.k8s.io"], "resources": ["gmsacredentialspecs"], "resourceNames": [name],
                          "verbs": ["use"]}]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_pods_name_a_credential_spec_exactly_where_the_overlay_says_gmsa(overlay):
    uses = [each["metadata"]["name"] for each in workloads(render(overlay))
            if "gmsaCredentialSpecName" in pod(each)["securityContext"].get("windowsOptions", {})]
    wanted = ["bookstore-web"] + ["bookstore-database"] * (not overlay.startswith("external"))
    assert sorted(uses) == sorted(wanted * (overlay in GMSA))


@pytest.mark.parametrize("overlay", GMSA)
def test_the_shop_logs_in_as_the_account_that_the_migration_lets_in(overlay):
    rendered = render(overlay)
    spec = named(rendered, "GMSACredentialSpec", "bookstore-web")["credspec"]
    assert spec["DomainJoinConfig"]["MachineAccountName"] == parameters()["WEB_GMSA"]
    [job] = of_kind(rendered, "Job")
    settings = {each["name"]: each["value"] for each in container(job)["env"]}
    grant = container(job)["args"][container(job)["args"].index("--grant") + 1]
    for name in "AD_NETBIOS", "WEB_GMSA":
        grant = grant.replace(f"$({name})", settings[name])
    assert grant == f"{parameters()['AD_NETBIOS']}\\{parameters()['WEB_GMSA']}$"


def test_the_plugins_input_is_one_string_with_the_parameter_in_it():
    [web] = [each for each in specs("gmsa-domainless-eks") if each["metadata"]["name"] == "bookstore-web"]
    plugin = web["credspec"]["ActiveDirectoryConfig"]["HostAccountConfig"]
    assert json.loads(plugin["PluginInput"]) == {"credentialArn": parameters()["EKS_CREDENTIAL_ARN"]}
    for spec in specs("gmsa-domainless-aks"):
        plugin = spec["credspec"]["ActiveDirectoryConfig"]["HostAccountConfig"]
        assert plugin["PluginInput"] == parameters()["AKS_PLUGIN_INPUT"]
    assert all("HostAccountConfig" not in each["credspec"]["ActiveDirectoryConfig"] for each in specs("gmsa"))


PLUGINS = {
    "gmsa-domainless-eks": ["--plugin", "eks", "--plugin-input", parameters()["EKS_CREDENTIAL_ARN"]],
    "gmsa-domainless-aks": ["--plugin", "aks", "--plugin-input", parameters()["AKS_PLUGIN_INPUT"]],
}


def printed(overlay, name, gmsa, *more):
    """What the command prints for a credential spec of an overlay."""
    values = parameters()
    return bookstore(
        "credspec", "--domain", values["AD_DNS_NAME"], "--netbios", values["AD_NETBIOS"], "--sid", values["AD_SID"],
        "--guid", values["AD_GUID"], "--gmsa", values[gmsa], "--name", name, *PLUGINS.get(overlay, []), *more)


@pytest.mark.parametrize("overlay", GMSA)
def test_what_is_shipped_is_what_the_command_prints(overlay):
    shipped = [each for each in render(overlay) if each["metadata"]["name"].endswith("-credential-spec") or
               each["kind"] == "GMSACredentialSpec"]
    made = []
    for name, gmsa in ("bookstore-web", "WEB_GMSA"), ("bookstore-database", "DB_GMSA"):
        if any(each["metadata"]["name"] == name for each in shipped):
            made += yaml.safe_load_all(printed(overlay, name, gmsa))
    key = lambda each: (each["kind"], each["metadata"]["name"])
    assert sorted(made, key=key) == sorted(shipped, key=key)


@pytest.mark.parametrize("overlay", GMSA)
def test_the_file_for_docker_has_the_content_of_the_clusters_object(overlay):
    [spec] = [each for each in specs(overlay) if each["metadata"]["name"] == "bookstore-web"]
    assert json.loads(printed(overlay, "bookstore-web", "WEB_GMSA", "--format", "json")) == spec["credspec"]


def test_the_file_for_ecs_has_its_input_as_an_object():
    spec = json.loads(printed("gmsa-domainless-eks", "bookstore-web", "WEB_GMSA", "--format", "ecs"))
    plugin = spec["ActiveDirectoryConfig"]["HostAccountConfig"]
    assert plugin["PluginInput"] == {"CredentialArn": parameters()["EKS_CREDENTIAL_ARN"]}


def test_the_printed_parameters_are_those_of_the_file():
    lines = printed("gmsa", "bookstore-web", "WEB_GMSA", "--format", "parameters").splitlines()
    assert dict(line.split("=", 1) for line in lines).items() <= parameters().items()
    assert len(lines) == 4


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_doctor_finds_nothing_in_what_is_shipped(overlay):
    rendered = yaml.safe_dump_all(with_components(overlay) + kustomize("cluster"))
    report = json.loads(bookstore("doctor", "--json", "--manifests", "-", input=rendered))
    assert report["verdict"]["state"] == "sound" and report["findings"] == []
    # The one that is meant so, and says why: SQL Server's own start script.
    assert [each["finding"]["row"] for each in report["accepted"]] == [11] * (overlay in GMSA and "external" not in overlay)
    wanted = sum("gmsaCredentialSpecName" in pod(each)["securityContext"].get("windowsOptions", {}) for each in workloads(render(overlay)))
    assert report["seen"]["workloads_with_gmsa"] == wanted


def test_the_doctor_reads_what_kubectl_writes():
    text = run("kubectl", "kustomize", str(K8S / "overlays/gmsa"))
    assert "SOUND" in bookstore("doctor", "--manifests", "-", input=text)
