"""Every overlay: accepted by Kubernetes' own schemas, and its parts fit together."""

import re

import kube
import pytest
import yaml
from conftest import (COMPONENTS, K8S, OVERLAYS, WINDOWS, container, kustomize, labels, named, of_kind, parameters, pod,
                      render, run, secrets, with_components, workloads)
from kube import validators
from kube.manifests import selects

README = (K8S / "README.md").read_text()


def kubernetes_versions():
    """The oldest and the newest that the README names."""
    found = re.search(r"Kubernetes (1\.\d+) to (1\.\d+)", README)
    assert found, "k8s/README.md must say: Kubernetes 1.x to 1.y"
    return found.groups()


@pytest.mark.parametrize("version", kubernetes_versions())
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_objects_are_valid_for_oldest_and_newest_kubernetes(overlay, version):
    storage = yaml.safe_load((K8S / "eks/storage-class.yaml").read_text())
    objects = [*with_components(overlay), *kustomize("cluster"), *secrets(), storage]
    assert [each for each in objects if validators.error(each, version) is not None] == []


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_rendered_overlay_breaks_no_rule(overlay):
    """The overlay with every component, beside its namespace and its secrets, as on a cluster."""
    assert kube.problems(with_components(overlay) + kustomize("cluster") + secrets()) == []
    assert kube.problems(render(overlay) + kustomize("cluster") + secrets()) == []


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_credential_specs_and_rbac_come_before_the_pods(overlay):
    for rendered in render(overlay), with_components(overlay):
        kinds = [each["kind"] for each in rendered]
        pods = min(kinds.index(each) for each in ("Deployment", "StatefulSet", "Job") if each in kinds)
        needed = [index for index, kind in enumerate(kinds) if kind in ("ServiceAccount", "GMSACredentialSpec", "ClusterRole", "RoleBinding")]
        assert max(needed) < pods


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_namespace_is_one_parameter(overlay):
    text = run(str(K8S / "with.sh"), "-n", "shop-b", overlay, *COMPONENTS)
    objects = list(yaml.safe_load_all(text))
    cluster_scoped = of_kind(objects, "GMSACredentialSpec", "ClusterRole")
    assert all(each["metadata"]["name"].startswith("shop-b.") for each in cluster_scoped)
    assert {each["metadata"].get("namespace") for each in objects if each not in cluster_scoped} == {"shop-b"}
    namespaces = list(yaml.safe_load_all(run(str(K8S / "with.sh"), "-n", "shop-b", "cluster")))
    assert {each["metadata"]["name"] for each in namespaces} == {"shop-b", "gmsa-webhook"}
    # Nothing else than the namespace differs, so nothing names the other shop's.
    names = lambda each: re.sub(r"bookstore-migrate-\w+", "bookstore-migrate", each)
    original = yaml.safe_dump_all(with_components(overlay)).replace("namespace: bookstore\n", "namespace: shop-b\n").replace(
        "bookstore.bookstore", "shop-b.bookstore")
    assert names(yaml.safe_dump_all(objects)) == names(original)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_placeholder_is_left_and_the_parameters_are_not_sent(overlay):
    rendered = with_components(overlay)
    text = yaml.safe_dump_all(rendered)
    for name in parameters():
        # Kubernetes replaces $(NAME) by the variable that `name: NAME` defines.
        rest = re.sub(rf"\$\({name}\)|name: {name}\n", "", text)
        assert not re.search(rf"\b{name}\b", rest), f"{name} was not replaced"
    assert [each["metadata"]["name"] for each in of_kind(rendered, "ConfigMap")] == ["bookstore-dashboard"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_connectionstring_file_is_in_the_mounted_secret(overlay):
    for workload in of_kind(render(overlay), "Deployment", "Job"):
        [file] = [each["value"] for each in container(workload)["env"] if each["name"] == "connectionstring_file"]
        [mount] = container(workload)["volumeMounts"]
        assert re.split(r"[/\\](?=[^/\\]*$)", file) == [mount["mountPath"], "connectionstring"]
        assert "subPath" not in mount, "a changed secret would never arrive"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_grace_period_covers_the_pause_and_the_drain(overlay):
    web = named(render(overlay), "Deployment", "bookstore-web")
    settings = {each["name"]: each["value"] for each in container(web)["env"]}
    parts = [container(web)["lifecycle"]["preStop"]["sleep"]["seconds"]]
    parts += [int(settings[name].removesuffix("s")) for name in ("BOOKSTORE_SHUTDOWN_DELAY", "BOOKSTORE_DRAIN_TIMEOUT")]
    assert sum(parts) < pod(web)["terminationGracePeriodSeconds"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_probes_use_different_paths(overlay):
    web = container(named(render(overlay), "Deployment", "bookstore-web"))
    assert web["readinessProbe"]["httpGet"]["path"] == "/readyz"
    # An unavailable database must not restart the shop.
    assert web["livenessProbe"]["httpGet"]["path"] == web["startupProbe"]["httpGet"]["path"] == "/healthz"
    slowest_start = web["startupProbe"]["periodSeconds"] * web["startupProbe"]["failureThreshold"]
    assert slowest_start >= 120 > web["livenessProbe"]["periodSeconds"] * web["livenessProbe"]["failureThreshold"]


@pytest.mark.parametrize("overlay", WINDOWS)
def test_windows_pods_are_bound_to_the_build_of_their_image(overlay):
    for workload in workloads(render(overlay)):
        spec = pod(workload)
        assert spec["os"]["name"] == spec["nodeSelector"]["kubernetes.io/os"] == "windows"
        assert spec["nodeSelector"]["node.kubernetes.io/windows-build"] == parameters()["WINDOWS_BUILD"]
        assert "hostname" not in spec


def test_linux_pods_go_to_nodes_of_the_images_architecture():
    for workload in workloads(render("sql-auth-linux")):
        assert pod(workload)["nodeSelector"] == {"kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_only_the_shop_and_its_migration_reach_sql_server(overlay):
    rendered = with_components(overlay)
    for database in of_kind(rendered, "StatefulSet"):
        policies = [each["spec"] for each in of_kind(rendered, "NetworkPolicy")
                    if selects(each["spec"]["podSelector"], labels(database)) and each["spec"].get("ingress")]
        [policy] = policies
        [rule] = policy["ingress"]
        [source] = rule["from"]
        let_in = {re.sub(r"-\w{10}$", "", each["metadata"]["name"]) for each in workloads(rendered)
                  if selects(source["podSelector"], labels(each))}
        assert let_in == {"bookstore-web", "bookstore-migrate"}
        [service] = [each for each in of_kind(rendered, "Service") if each["spec"]["ports"][0]["name"] == "tds"]
        assert service["spec"].get("type", "ClusterIP") == "ClusterIP"


def test_monitoring_rule_defines_the_autoscalers_metric():
    autoscaler = named(with_components("sql-auth"), "HorizontalPodAutoscaler", "bookstore-web")
    [wanted] = [each["pods"]["metric"]["name"] for each in autoscaler["spec"]["metrics"] if each["type"] == "Pods"]
    values = yaml.safe_load((K8S / "components/monitoring/prometheus-adapter.values.yaml").read_text())
    [rule] = values["rules"]["custom"]
    assert rule["name"]["as"] == wanted
    assert rule["seriesQuery"].startswith("http_requests_total{")


def test_alerts_use_metrics_of_the_shop():
    rendered = with_components("sql-auth")
    documented = (K8S.parent / "docs/operations.md").read_text()
    [service] = [each for each in of_kind(rendered, "Service") if each["spec"].get("clusterIP") == "None"]
    [rules] = [each["spec"]["groups"] for each in of_kind(rendered, "PrometheusRule")]
    for alert in [each for group in rules for each in group["rules"]]:
        metrics = re.findall(r"(\w+)\{", alert["expr"])
        families = [re.sub("_bucket$", "", each) for each in metrics]
        assert metrics and all(f"`{each}`" in documented for each in families)
        # The operator's label for what it scrapes is the Service's name.
        assert re.findall(r'job="([^"]*)"', alert["expr"]) == [service["metadata"]["name"]] * len(metrics)


def test_alerts_link_to_their_section_at_the_address_of_the_parameters():
    [rules] = [each["spec"]["groups"] for each in of_kind(with_components("sql-auth"), "PrometheusRule")]
    links = {each["annotations"]["runbook_url"]: each["alert"].lower() for group in rules for each in group["rules"]}
    assert links and links == {f"{parameters()['RUNBOOK_URL']}#{name}": name for name in links.values()}


def test_readme_names_every_overlay_and_component_that_is_added():
    assert [each for each in [*OVERLAYS, *COMPONENTS] if f"`{each}`" not in README] == []


def test_readme_applies_on_the_server_side():
    commands = [line for block in re.findall(r"```sh\n(.*?)```", README, re.S) for line in block.splitlines() if "kubectl apply" in line]
    assert commands and [line for line in commands if "--server-side" not in line] == []


def test_every_component_is_in_an_overlay_or_added_by_the_script():
    used = {*COMPONENTS}
    for overlay in OVERLAYS:
        written = yaml.safe_load((K8S / "overlays" / overlay / "kustomization.yaml").read_text())
        used |= {each.rsplit("/", 1)[1] for each in written["components"]}
    assert used == {each.name for each in (K8S / "components").iterdir()}


def test_readme_has_every_row_of_the_replaced_demo():
    rows = ["MVC app", "Table `Books`", "Seed rows", "Connection string", "SQL image", "Web image", "Manifests",
            "CRD, credspec, RBAC", "Webhook", "CoreDNS", "AWS set-up", "IIS-auth sample"]
    assert [row for row in rows if f"| {row} |" not in README] == []


def test_eksctl_cluster_has_its_parameters_and_both_windows_versions():
    [config] = kustomize("eks")
    assert config["metadata"] == {"name": parameters()["EKS_CLUSTER"], "region": parameters()["AWS_REGION"],
                                  "version": parameters()["KUBERNETES_VERSION"]}
    families = {group["amiFamily"] for group in config["managedNodeGroups"]}
    assert families == {"AmazonLinux2023", "WindowsServer2022CoreContainer", "WindowsServer2025CoreContainer"}
    # AMIs of Windows Server 2025 exist from 1.35 on.
    assert tuple(map(int, config["metadata"]["version"].split("."))) >= (1, 35)
    settings = {each["name"]: each.get("configurationValues", "") for each in config["addons"]}
    assert '"enableWindowsIpam":"true"' in settings["vpc-cni"]
