"""Credential specs and their RBAC: the CRD's schema, the webhook's checks, and the findings of `bookstore doctor`."""

import copy
import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from conftest import (DOMAIN, GMSA, K8S, OVERLAYS, bookstore, container, kustomize, named, of_kind, parameters, pod, render, run,
                      with_components, workloads)

SPECS = sorted({*GMSA, *DOMAIN})
SCHEMA = json.loads((Path(__file__).parent / "credential-spec.schema.json").read_text())


def specs(overlay):
    return of_kind(render(overlay), "GMSACredentialSpec")


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
def test_schema_refuses_values_that_fail_later(path, value):
    spec = copy.deepcopy(specs("gmsa-domainless-eks")[0])
    at = spec
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(spec, SCHEMA)


@pytest.mark.parametrize("overlay", SPECS)
def test_service_account_may_use_only_the_credential_spec_of_its_pod(overlay):
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
def test_gmsa_is_set_where_the_shop_or_the_database_uses_one(overlay):
    uses = [each["metadata"]["name"] for each in workloads(render(overlay))
            if "gmsaCredentialSpecName" in pod(each)["securityContext"].get("windowsOptions", {})]
    assert sorted(uses) == ["bookstore-database"] * (overlay in DOMAIN) + ["bookstore-web"] * (overlay in GMSA)


@pytest.mark.parametrize("overlay", GMSA)
def test_shop_logs_in_as_the_account_that_the_migration_lets_in(overlay):
    rendered = render(overlay)
    spec = named(rendered, "GMSACredentialSpec", "bookstore.bookstore-web")["credspec"]
    assert spec["DomainJoinConfig"]["MachineAccountName"] == parameters()["WEB_GMSA"]
    [job] = of_kind(rendered, "Job")
    settings = {each["name"]: each["value"] for each in container(job)["env"]}
    grant = container(job)["args"][container(job)["args"].index("--grant") + 1]
    for name in "AD_NETBIOS", "WEB_GMSA":
        grant = grant.replace(f"$({name})", settings[name])
    assert grant == f"{parameters()['AD_NETBIOS']}\\{parameters()['WEB_GMSA']}$"


def test_plugins_input_is_one_string_with_the_parameter_in_it():
    [web] = [each for each in specs("gmsa-domainless-eks") if each["metadata"]["name"] == "bookstore.bookstore-web"]
    plugin = web["credspec"]["ActiveDirectoryConfig"]["HostAccountConfig"]
    assert json.loads(plugin["PluginInput"]) == {"credentialArn": parameters()["EKS_CREDENTIAL_ARN"]}
    for spec in specs("gmsa-domainless-aks"):
        plugin = spec["credspec"]["ActiveDirectoryConfig"]["HostAccountConfig"]
        assert plugin["PluginInput"] == parameters()["AKS_PLUGIN_INPUT"]
    assert all("HostAccountConfig" not in each["credspec"]["ActiveDirectoryConfig"] for each in specs("gmsa"))


PLUGINS = {f"{login}-domainless-{cloud}": ["--plugin", cloud, "--plugin-input", parameters()[name]] for login in ("gmsa", "sql-auth")
           for cloud, name in (("eks", "EKS_CREDENTIAL_ARN"), ("aks", "AKS_PLUGIN_INPUT"))}


def printed(overlay, name, gmsa, *more):
    """The output of `bookstore credspec` for a credential spec of an overlay."""
    values = parameters()
    return bookstore(
        "credspec", "--domain", values["AD_DNS_NAME"], "--netbios", values["AD_NETBIOS"], "--sid", values["AD_SID"],
        "--guid", values["AD_GUID"], "--gmsa", values[gmsa], "--name", f"bookstore.{name}", "--service-account", name, *PLUGINS.get(overlay, []), *more)


@pytest.mark.parametrize("overlay", SPECS)
def test_released_spec_equals_what_the_command_prints(overlay):
    shipped = [each for each in render(overlay) if each["metadata"]["name"].endswith("-credential-spec") or
               each["kind"] == "GMSACredentialSpec"]
    made = []
    for name, gmsa in ("bookstore-web", "WEB_GMSA"), ("bookstore-database", "DB_GMSA"):
        if any(each["metadata"]["name"] == f"bookstore.{name}" for each in shipped):
            made += yaml.safe_load_all(printed(overlay, name, gmsa))
    key = lambda each: (each["kind"], each["metadata"]["name"])
    assert sorted(made, key=key) == sorted(shipped, key=key)


@pytest.mark.parametrize("overlay", GMSA)
def test_file_for_docker_has_the_content_of_the_clusters_object(overlay):
    [spec] = [each for each in specs(overlay) if each["metadata"]["name"] == "bookstore.bookstore-web"]
    assert json.loads(printed(overlay, "bookstore-web", "WEB_GMSA", "--format", "json")) == spec["credspec"]


def test_file_for_ecs_has_its_input_as_an_object():
    spec = json.loads(printed("gmsa-domainless-eks", "bookstore-web", "WEB_GMSA", "--format", "ecs"))
    plugin = spec["ActiveDirectoryConfig"]["HostAccountConfig"]
    assert plugin["PluginInput"] == {"CredentialArn": parameters()["EKS_CREDENTIAL_ARN"]}


def test_printed_parameters_are_those_of_the_file():
    lines = printed("gmsa", "bookstore-web", "WEB_GMSA", "--format", "parameters").splitlines()
    assert dict(line.split("=", 1) for line in lines).items() <= parameters().items()
    assert len(lines) == 4


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_doctor_finds_nothing_in_the_released_manifests(overlay):
    # JSON: PyYAML writes the text Y without quotes, which kubectl reads as a boolean.
    rendered = json.dumps({"apiVersion": "v1", "kind": "List", "items": with_components(overlay) + kustomize("cluster")})
    report = json.loads(bookstore("doctor", "--json", "--manifests", "-", input=rendered))
    assert report["verdict"]["state"] == "healthy" and report["findings"] == []
    # One finding is accepted with a reason: SQL Server's own start script.
    kinds = [each["kind"] for each in workloads(render(overlay))
             if "gmsaCredentialSpecName" in pod(each)["securityContext"].get("windowsOptions", {})]
    assert [each["finding"]["known_failure"] for each in report["accepted"]] == [11] * kinds.count("StatefulSet")
    assert report["seen"]["workloads_with_gmsa"] == len(kinds)


def test_doctor_reads_the_output_of_kubectl():
    text = run("kubectl", "kustomize", str(K8S / "overlays/gmsa"))
    assert "HEALTHY" in bookstore("doctor", "--manifests", "-", input=text)
