"""Every overlay: accepted by Kubernetes' own schemas, and its parts fit together."""

import re

import kubernetes_validate
import pytest
import yaml
from conftest import (COMPONENTS, K8S, OVERLAYS, WINDOWS, container, kustomize, labels, named, of_kind, parameters, pod,
                      render, run, selects, with_components, workloads)

README = (K8S / "README.md").read_text()
# Third parties' kinds: GMSACredentialSpec has its own test below, the other two have no schema in any ordinary registry.
NOT_KUBERNETES = {"GMSACredentialSpec", "ServiceMonitor", "ClusterConfig"}


def kubernetes_versions():
    """The oldest and the newest that the README names."""
    found = re.search(r"Kubernetes (1\.\d+) to (1\.\d+)", README)
    assert found, "k8s/README.md must say: Kubernetes 1.x to 1.y"
    return found.groups()


@pytest.mark.parametrize("version", kubernetes_versions())
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_object_is_valid_for_the_oldest_and_newest_kubernetes(overlay, version):
    for each in with_components(overlay) + kustomize("cluster"):
        if each["kind"] not in NOT_KUBERNETES:
            kubernetes_validate.validate(each, version, strict=True)


@pytest.mark.parametrize("version", kubernetes_versions())
def test_the_secrets_and_the_storage_class_are_valid(version, tmp_path):
    secrets = run(str(K8S / "secrets.sh"), env={"PATH": "/usr/bin:/bin", "BOOKSTORE_SA_PASSWORD_FILE": str(tmp_path / "sa")})
    for text in secrets, (K8S / "eks/storage-class.yaml").read_text():
        for each in filter(None, yaml.safe_load_all(text)):
            kubernetes_validate.validate(each, version, strict=True)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_placeholder_is_left_and_the_parameters_are_not_sent(overlay):
    rendered = with_components(overlay)
    text = yaml.safe_dump_all(rendered)
    for name in parameters():
        # $(NAME) is for Kubernetes to fill in, and `name: NAME` is the variable that it takes.
        rest = re.sub(rf"\$\({name}\)|name: {name}\n", "", text)
        assert not re.search(rf"\b{name}\b", rest), f"{name} was not replaced"
    assert not of_kind(rendered, "ConfigMap")


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_selectors_find_the_pods_that_they_mean(overlay):
    rendered = with_components(overlay)
    pods = {each["metadata"]["name"]: labels(each) for each in workloads(rendered)}
    for each in of_kind(rendered, "Deployment", "StatefulSet"):
        found = [name for name, has in pods.items() if selects(each["spec"]["selector"], has)]
        assert found == [each["metadata"]["name"]]
    for each in of_kind(rendered, "Service"):
        found = [name for name, has in pods.items() if selects({"matchLabels": each["spec"]["selector"]}, has)]
        assert len(found) == 1, f"{each['metadata']['name']} finds {found}"
    for each in of_kind(rendered, "PodDisruptionBudget"):
        assert any(selects(each["spec"]["selector"], has) for has in pods.values())
    for workload in of_kind(rendered, "Deployment"):
        for spread in pod(workload)["topologySpreadConstraints"]:
            assert selects(spread["labelSelector"], labels(workload))


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_named_ports_are_ports_of_the_container(overlay):
    rendered = with_components(overlay)
    for each in of_kind(rendered, "Service", "NetworkPolicy"):
        spec = each["spec"]
        selector = {"matchLabels": spec["selector"]} if each["kind"] == "Service" else spec["podSelector"]
        wanted = [port["targetPort"] for port in spec["ports"]] if each["kind"] == "Service" else [
            port["port"] for rule in spec.get("ingress", []) for port in rule["ports"]]
        has = {port["name"] for workload in workloads(rendered) if selects(selector, labels(workload))
               for port in container(workload).get("ports", [])}
        assert set(wanted) <= has, f"{each['kind']} {each['metadata']['name']}"
    for workload in workloads(rendered):
        names = {port["name"] for port in container(workload).get("ports", [])}
        for probe in "startupProbe", "readinessProbe", "livenessProbe":
            asked = container(workload).get(probe, {})
            port = asked.get("httpGet", asked.get("tcpSocket", {})).get("port")
            assert port is None or port in names


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_secret_key_that_a_pod_mounts_is_made_by_the_script(overlay, tmp_path):
    made = run(str(K8S / "secrets.sh"), env={
        "PATH": "/usr/bin:/bin", "BOOKSTORE_SA_PASSWORD_FILE": str(tmp_path / "sa"), "EXTERNAL_CONNECTIONSTRING": "Server=x"})
    keys = {each["metadata"]["name"]: set(each["data"]) for each in yaml.safe_load_all(made) if each}
    for workload in workloads(render(overlay)):
        for volume in pod(workload).get("volumes", []):
            secret = volume["secret"]
            assert {item["key"] for item in secret["items"]} <= keys[secret["secretName"]]
        for variable in container(workload).get("env", []):
            if "valueFrom" in variable:
                reference = variable["valueFrom"]["secretKeyRef"]
                assert reference["key"] in keys[reference["name"]]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_file_that_the_shop_reads_is_where_the_secret_is_mounted(overlay):
    for workload in of_kind(render(overlay), "Deployment", "Job"):
        [file] = [each["value"] for each in container(workload)["env"] if each["name"] == "connectionstring_file"]
        [mount] = container(workload)["volumeMounts"]
        assert re.split(r"[/\\](?=[^/\\]*$)", file) == [mount["mountPath"], "connectionstring"]
        assert "subPath" not in mount, "a changed secret would never arrive"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_grace_period_covers_the_pause_and_the_drain(overlay):
    web = named(render(overlay), "Deployment", "bookstore-web")
    settings = {each["name"]: each["value"] for each in container(web)["env"]}
    parts = [container(web)["lifecycle"]["preStop"]["sleep"]["seconds"]]
    parts += [int(settings[name].removesuffix("s")) for name in ("BOOKSTORE_SHUTDOWN_DELAY", "BOOKSTORE_DRAIN_TIMEOUT")]
    assert sum(parts) < pod(web)["terminationGracePeriodSeconds"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_probes_ask_different_things(overlay):
    web = container(named(render(overlay), "Deployment", "bookstore-web"))
    assert web["readinessProbe"]["httpGet"]["path"] == "/readyz"
    # A database that is down must not restart the shop.
    assert web["livenessProbe"]["httpGet"]["path"] == web["startupProbe"]["httpGet"]["path"] == "/healthz"
    slowest_start = web["startupProbe"]["periodSeconds"] * web["startupProbe"]["failureThreshold"]
    assert slowest_start >= 120 > web["livenessProbe"]["periodSeconds"] * web["livenessProbe"]["failureThreshold"]


@pytest.mark.parametrize("overlay", WINDOWS)
def test_windows_pods_go_to_nodes_of_the_images_build_with_no_fixed_hostname(overlay):
    for workload in workloads(render(overlay)):
        spec = pod(workload)
        assert spec["os"]["name"] == spec["nodeSelector"]["kubernetes.io/os"] == "windows"
        assert spec["nodeSelector"]["node.kubernetes.io/windows-build"] == parameters()["WINDOWS_BUILD"]
        assert "hostname" not in spec


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_only_the_shop_and_its_migration_reach_sql_server(overlay):
    rendered = with_components(overlay)
    for database in of_kind(rendered, "StatefulSet"):
        policies = [each["spec"] for each in of_kind(rendered, "NetworkPolicy")
                    if selects(each["spec"]["podSelector"], labels(database)) and each["spec"].get("ingress")]
        [policy] = policies
        [rule] = policy["ingress"]
        [source] = rule["from"]
        let_in = {each["metadata"]["name"].removesuffix("-gmsa") for each in workloads(rendered)
                  if selects(source["podSelector"], labels(each))}
        assert let_in == {"bookstore-web", "bookstore-migrate"}
        [service] = [each for each in of_kind(rendered, "Service") if each["spec"]["ports"][0]["name"] == "tds"]
        assert service["spec"].get("type", "ClusterIP") == "ClusterIP"


def test_the_monitoring_rule_makes_the_metric_that_the_autoscaler_reads():
    autoscaler = named(with_components("sql-auth"), "HorizontalPodAutoscaler", "bookstore-web")
    [wanted] = [each["pods"]["metric"]["name"] for each in autoscaler["spec"]["metrics"] if each["type"] == "Pods"]
    values = yaml.safe_load((K8S / "components/monitoring/prometheus-adapter.values.yaml").read_text())
    [rule] = values["rules"]["custom"]
    assert rule["name"]["as"] == wanted
    assert rule["seriesQuery"].startswith("http_requests_total{")


def test_the_service_monitor_finds_the_admin_service():
    rendered = with_components("sql-auth")
    monitor = named(rendered, "ServiceMonitor", "bookstore")["spec"]
    [service] = [each for each in of_kind(rendered, "Service") if selects(monitor["selector"], each["metadata"]["labels"])]
    assert monitor["endpoints"][0]["port"] in {port["name"] for port in service["spec"]["ports"]}


def test_every_component_is_part_of_an_overlay_or_added_by_the_script():
    used = set(COMPONENTS)
    for overlay in OVERLAYS:
        written = yaml.safe_load((K8S / "overlays" / overlay / "kustomization.yaml").read_text())
        used |= {each.rsplit("/", 1)[1] for each in written["components"]}
    assert used == {each.name for each in (K8S / "components").iterdir()}


def test_the_readme_has_every_row_of_the_replaced_demo():
    rows = ["MVC app", "Table `Books`", "Seed rows", "Connection string", "SQL image", "Web image", "Manifests",
            "CRD, credspec, RBAC", "Webhook", "CoreDNS", "AWS set-up", "IIS-auth sample"]
    assert [row for row in rows if f"| {row} |" not in README] == []


def test_the_cluster_for_eksctl_takes_its_parameters_and_has_both_kinds_of_windows():
    [config] = kustomize("eks")
    assert config["metadata"] == {"name": parameters()["EKS_CLUSTER"], "region": parameters()["AWS_REGION"],
                                  "version": parameters()["KUBERNETES_VERSION"]}
    families = {group["amiFamily"] for group in config["managedNodeGroups"]}
    assert families == {"AmazonLinux2023", "WindowsServer2022CoreContainer", "WindowsServer2025CoreContainer"}
    # AMIs of Windows Server 2025 exist from 1.35 on.
    assert tuple(map(int, config["metadata"]["version"].split("."))) >= (1, 35)
    settings = {each["name"]: each.get("configurationValues", "") for each in config["addons"]}
    assert '"enableWindowsIpam":"true"' in settings["vpc-cni"]
