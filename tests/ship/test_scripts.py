"""The scripts that people run: secrets, CoreDNS, components, parameters."""

import base64
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from conftest import K8S, on_a_cluster, parameters, run

COREFILE = ".:53 {\n    errors\n    forward . /etc/resolv.conf\n}\nold.example.org:53 {\n    forward . 10.9.9.9\n}"
ZONE = parameters()["AD_DNS_NAME"]
BLOCK = f"# bookstore: begin\n{ZONE}:53 {{\n    errors\n}}\n# bookstore: end"

# Values that look right and cannot work.
BAD_PARAMETERS = [
    ("WEB_GMSA", "web$"), ("WEB_GMSA", "sixteen-letters-"), ("DB_GMSA", ""), ("AD_SID", "S-1-5-21-1-2-3-1104"), ("AD_SID", "S-1-5-32-544"),
    ("AD_GUID", "{00000000-1111-2222-3333-444444444444}"), ("AD_DNS_NAME", "CORP"), ("AD_NETBIOS", "corp.example.com"),
    ("WEB_IMAGE", "registry.example.com/a b:1"), ("WEB_LINUX_IMAGE", "registry.example.com/Bookstore:1"), ("DB_IMAGE", ""),
    ("DB_LINUX_IMAGE", "name@sha256:12"), ("WINDOWS_BUILD", "ltsc2022"), ("STORAGE_CLASS", ""), ("INGRESS_NAMESPACE", "Ingress"),
    ("LOAD_BALANCER_SOURCES", ""), ("LOAD_BALANCER_SOURCES", "10.0.0.0/8,"), ("LOAD_BALANCER_SOURCES", "10.0.0.0/8,,10.1.0.0/16"),
    ("LOAD_BALANCER_SOURCES", "10.0.0.0"), ("LOAD_BALANCER_SOURCES", "10.0.0.256/8"), ("LOAD_BALANCER_SOURCES", "10.0.0.0/33"),
    ("HOST_NAME", ""), ("HOST_NAME", "https://books.example.com"), ("EKS_CREDENTIAL_ARN", "bookstore/gmsa-reader"), ("AKS_PLUGIN_INPUT", "x"),
    ("NAMESPACE", "Shop_B"), ("AD_DNS_SERVERS", ""), ("AD_DNS_SERVERS", "10.0.0.10 dc1"), ("KUBERNETES_VERSION", "latest"),
]


@pytest.fixture
def coredns(tmp_path):
    """Runs coredns.sh on a cluster with a Corefile."""
    def save(corefile=COREFILE, name="coredns", key="Corefile"):
        (tmp_path / f"configmap-{name}.json").write_text(json.dumps({"data": {key: corefile}}))

    def read(name="coredns"):
        return json.loads((tmp_path / f"configmap-{name}.json").read_text())["data"]

    def call(*arguments, **environment):
        return on_a_cluster(tmp_path, K8S / "cluster/coredns.sh", *arguments, **environment)
    save()
    call.save, call.read = save, read
    return call


def test_coredns_keeps_other_zones_and_adds_its_own_once(coredns):
    assert coredns("add").returncode == 0
    once = coredns.read()["Corefile"]
    assert once.startswith(COREFILE)
    assert f"{ZONE}:53 {{" in once and f"forward . {parameters()['AD_DNS_SERVERS']}\n" in once
    assert coredns("add").returncode == 0
    assert coredns.read()["Corefile"] == once


def test_coredns_is_put_back_as_it_was(coredns):
    assert coredns("add").returncode == coredns("remove").returncode == 0
    assert coredns.read()["Corefile"].rstrip("\n") == COREFILE


@pytest.mark.parametrize("header", [f"{ZONE}:53", ZONE, f"{ZONE}.", f"dns://{ZONE}:53", f"other.example.org, {ZONE.upper()}:53"])
def test_coredns_refuses_a_zone_that_is_served(coredns, header):
    served = f"{COREFILE}\n{header} {{\n    forward . 10.1.1.1\n}}\n"
    coredns.save(served)
    done = coredns("add")
    assert done.returncode == 1 and f"serves the zone {ZONE} already" in done.stderr
    assert coredns.read()["Corefile"] == served


@pytest.mark.parametrize("line", [f"# {ZONE} {{", f"    rewrite name x {ZONE}", f"sub.{ZONE}:53 {{\n}}"])
def test_coredns_adds_a_zone_that_is_only_mentioned(coredns, line):
    coredns.save(f".:53 {{\n{line}\n}}\n" if line.startswith("    ") else f"{COREFILE}\n{line}")
    assert coredns("add").returncode == 0


@pytest.mark.parametrize("broken", [
    BLOCK.replace("# bookstore: end", "# end"), BLOCK.replace("# bookstore: begin", "# begin"), f"{BLOCK}\n{BLOCK}",
], ids=["no end", "no begin", "twice"])
@pytest.mark.parametrize("verb", ["add", "remove"])
def test_coredns_refuses_a_block_that_is_not_whole(coredns, broken, verb):
    corefile = f"{COREFILE}\n{broken}\nlast.example.org:53 {{\n}}\n"
    coredns.save(corefile)
    done = coredns(verb)
    assert done.returncode == 1 and "do not enclose one block" in done.stderr
    assert coredns.read()["Corefile"] == corefile


@pytest.mark.parametrize("name, value", [("AD_DNS_SERVERS", ""), ("AD_DNS_SERVERS", "  "), ("AD_DNS_NAME", ""), ("AD_DNS_NAME", "CORP")])
def test_coredns_refuses_an_empty_parameter(coredns, tmp_path, name, value):
    text = (K8S / "parameters/parameters.env").read_text()
    (tmp_path / "parameters.env").write_text(re.sub(f"^{name}=.*", f"{name}={value}", text, flags=re.M))
    for aks in [], ["--aks"]:
        done = coredns("add", *aks, PARAMETERS=str(tmp_path / "parameters.env"))
        assert done.returncode == 1 and name in done.stderr
    assert coredns.read()["Corefile"] == COREFILE


def test_coredns_without_a_corefile_points_to_aks(coredns, tmp_path):
    coredns.save("", key="other")
    done = coredns("add")
    assert done.returncode == 1 and "--aks" in done.stderr


def test_on_aks_only_one_key_of_the_custom_configuration_is_ours(coredns):
    coredns.save("x", "coredns-custom", "theirs.server")
    for _ in "once", "again":
        assert coredns("add", "--aks").returncode == 0
        added = coredns.read("coredns-custom")
        assert added.keys() == {"theirs.server", "bookstore.server"}
        assert f"{ZONE}:53 {{" in added["bookstore.server"]
    assert coredns("remove", "--aks").returncode == 0
    assert coredns.read("coredns-custom") == {"theirs.server": "x"}


def test_on_aks_a_zone_that_another_key_serves_is_refused(coredns):
    theirs = f"{ZONE}:53 {{\n    forward . 10.1.1.1\n}}\n"
    coredns.save(theirs, "coredns-custom", "theirs.server")
    done = coredns("add", "--aks")
    assert done.returncode == 1 and "coredns-custom serves the zone" in done.stderr
    assert coredns.read("coredns-custom") == {"theirs.server": theirs}


def secrets(cluster, *arguments, **environment):
    """The output of secrets.sh on a cluster: the decoded values, by secret."""
    done = on_a_cluster(cluster, K8S / "secrets.sh", *arguments, **environment)
    assert done.returncode == 0, done.stderr
    return {each["metadata"]["name"]: {key: base64.b64decode(value).decode() for key, value in each["data"].items()}
            for each in yaml.safe_load_all(done.stdout) if each}


def apply(cluster, printed):
    for name, values in printed.items():
        data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
        (cluster / f"secret-{name}.json").write_text(json.dumps({"data": data}))


def test_generated_password_is_strong_and_new_each_time(tmp_path):
    first, second = (secrets(tmp_path)["mssql"]["password"] for _ in range(2))
    assert first != second
    assert len(first) >= 20 and any(each.isupper() for each in first) and any(each.isdigit() for each in first)


def test_secrets_of_the_cluster_are_kept(tmp_path):
    first = secrets(tmp_path, EXTERNAL_CONNECTIONSTRING="Server=shop", EXTERNAL_MIGRATE_CONNECTIONSTRING="Server=owner")
    apply(tmp_path, first)
    (tmp_path / "other").write_text("another password")
    # Another person, with another file and without the variables.
    assert secrets(tmp_path, BOOKSTORE_SA_PASSWORD_FILE=str(tmp_path / "other")) == first


def test_cluster_that_does_not_answer_gets_no_new_password():
    done = on_a_cluster(None, K8S / "secrets.sh")
    assert done.returncode == 1 and done.stdout == ""
    assert "cannot read the secret mssql" in done.stderr


def test_secrets_are_created_for_the_namespace(tmp_path):
    done = on_a_cluster(tmp_path, K8S / "secrets.sh", "-n", "shop-b")
    assert {each["metadata"]["namespace"] for each in yaml.safe_load_all(done.stdout) if each} == {"shop-b"}
    gmsa = secrets(tmp_path, "-n", "shop-b")["bookstore-connection"]["gmsa"]
    assert gmsa.startswith("Server=containersql-bookstore-service.shop-b.svc.cluster.local;")


def test_shop_gets_no_login_of_the_migration_from_outside(tmp_path):
    made = secrets(tmp_path, EXTERNAL_CONNECTIONSTRING="Server=shop", EXTERNAL_MIGRATE_CONNECTIONSTRING="Server=owner")
    assert made["bookstore-connection"]["external"] == "Server=shop"
    assert made["bookstore-migration"]["external"] == "Server=owner"
    assert "owner" not in str(made["bookstore-connection"])


def test_gmsa_string_has_no_password_and_the_host_of_the_spn(tmp_path):
    made = secrets(tmp_path)
    gmsa = made["bookstore-connection"]["gmsa"]
    assert made["mssql"]["password"] not in gmsa and "User" not in gmsa
    host = gmsa.split(";")[0].removeprefix("Server=")
    template = (K8S / "eks/accounts.yaml").read_text()
    assert f"Default: {host}\n" in template, "accounts.yaml registers another SPN"
    assert host == "containersql-bookstore-service.bookstore.svc.cluster.local"


def test_password_with_every_kind_of_quote_arrives(tmp_path):
    (tmp_path / "sa").write_text("a;b\"c'd$e")
    made = secrets(tmp_path, BOOKSTORE_SA_PASSWORD_FILE=str(tmp_path / "sa"))
    assert 'Password = "a;b""c\'d$e";' in made["bookstore-connection"]["sql-auth"]


def test_facts_of_the_domain_are_written_into_their_places(tmp_path):
    file = tmp_path / "parameters.env"
    file.write_text((K8S / "parameters/parameters.env").read_text())
    lines = "Loading…\r\nAD_DNS_NAME=ad.test\r\nEKS_CREDENTIAL_ARN=arn:aws:x&y\\1\r\n"
    subprocess.run([str(K8S / "parameters/write.sh")], input=lines, text=True, check=True,
                   env={**os.environ, "PARAMETERS": str(file)})
    before, after = (K8S / "parameters/parameters.env").read_text().splitlines(), file.read_text().splitlines()
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert changed == ["AD_DNS_NAME=ad.test", "EKS_CREDENTIAL_ARN=arn:aws:x&y\\1"]


def test_unknown_fact_is_refused(tmp_path):
    file = tmp_path / "parameters.env"
    file.write_text("AD_DNS_NAME=x\n")
    done = subprocess.run([str(K8S / "parameters/write.sh")], input="NO_SUCH=1\n", text=True, capture_output=True,
                          env={**os.environ, "PARAMETERS": str(file)})
    assert done.returncode != 0 and "NO_SUCH" in done.stderr


def test_command_without_output_is_reported(tmp_path):
    file = tmp_path / "parameters.env"
    file.write_text("AD_DNS_NAME=x\n")
    done = subprocess.run([str(K8S / "parameters/write.sh")], input="bookstore: no ticket\n", text=True, capture_output=True,
                          env={**os.environ, "PARAMETERS": str(file)})
    assert done.returncode != 0 and "failed" in done.stderr
    assert file.read_text() == "AD_DNS_NAME=x\n"


def test_output_of_the_accounts_document_is_known_parameters():
    text = (K8S / "eks/accounts.yaml").read_text()
    printed = text[text.index("@(\n"):text.index("Outputs:")]
    keys = {line.strip(" '\"").split("=", 1)[0] for line in printed.splitlines() if "=" in line}
    assert keys and keys <= parameters().keys()


def test_adding_components_leaves_nothing_behind():
    before = set(K8S.rglob("*"))
    run(str(K8S / "with.sh"), "-n", "shop-b", "sql-auth", "monitoring")
    assert set(K8S.rglob("*")) == before


def test_with_runs_from_any_folder(tmp_path):
    command = os.path.relpath(K8S / "with.sh", tmp_path)
    assert run(command, "sql-auth", cwd=tmp_path) == run("kubectl", "kustomize", str(K8S / "overlays/sql-auth"))


@pytest.mark.parametrize("arguments, message", [
    ([], "Prints an overlay"), (["nope"], "there is no overlay nope; choose one of: "), (["gmsa", "nope"], "there is no component nope"),
    (["-x", "gmsa"], "Prints an overlay"),
])
def test_with_explains_a_wrong_argument(tmp_path, arguments, message):
    done = subprocess.run([str(K8S / "with.sh"), *arguments], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2 and message in done.stderr and done.stdout == ""


def parameters_with(tmp_path, name, value):
    """A parameters.env with this value."""
    file = tmp_path / "parameters.env"
    text = (K8S / "parameters/parameters.env").read_text()
    file.write_text(re.sub(f"^{name}=.*", lambda _: f"{name}={value}", text, flags=re.M))
    return {**os.environ, "PARAMETERS": str(file)}


def test_example_parameters_follow_the_rules():
    assert run(str(K8S / "parameters/check.sh")) == ""


@pytest.mark.parametrize("name, value", BAD_PARAMETERS)
def test_parameter_that_cannot_work_is_named(tmp_path, name, value):
    done = subprocess.run([str(K8S / "parameters/check.sh")], capture_output=True, text=True, env=parameters_with(tmp_path, name, value))
    assert done.returncode == 1 and done.stderr.startswith(f"parameters.env: {name}={value}: ") and done.stderr.count("\n") == 1


@pytest.mark.parametrize("name, value", [
    ("LOAD_BALANCER_SOURCES", "2001:db8::/32,10.0.0.0/8"), ("WEB_IMAGE", f"localhost:5000/shop@sha256:{'0' * 64}"), ("WEB_IMAGE", "shop"),
    ("HOST_NAME", "*.example.com"), ("AD_DNS_SERVERS", "fd00::1 10.0.0.10"), ("WEB_GMSA", "svc_web-1"),
])
def test_parameter_that_works_is_accepted(tmp_path, name, value):
    assert run(str(K8S / "parameters/check.sh"), env=parameters_with(tmp_path, name, value)) == ""


def test_missing_repeated_and_unknown_parameters_are_named(tmp_path):
    file = tmp_path / "parameters.env"
    text = (K8S / "parameters/parameters.env").read_text()
    file.write_text(re.sub("^AD_SID=.*\n", "", text, flags=re.M) + "WEB_GMSA=again\nWEB_GSMA=web\n")
    done = subprocess.run([str(K8S / "parameters/check.sh")], capture_output=True, text=True, env={**os.environ, "PARAMETERS": str(file)})
    assert done.returncode == 1
    for message in "AD_SID is missing", "WEB_GMSA is set more than once", "WEB_GSMA is unknown":
        assert message in done.stderr


def test_nothing_is_rendered_from_parameters_that_cannot_work(tmp_path):
    environment = parameters_with(tmp_path, "LOAD_BALANCER_SOURCES", "")
    done = subprocess.run([str(K8S / "with.sh"), "sql-auth", "load-balancer"], capture_output=True, text=True, env=environment)
    assert done.returncode == 1 and done.stdout == "" and "LOAD_BALANCER_SOURCES=" in done.stderr


def test_load_balancer_accepts_a_list_of_networks(tmp_path):
    file = tmp_path / "parameters.env"
    text = (K8S / "parameters/parameters.env").read_text()
    file.write_text(re.sub("^LOAD_BALANCER_SOURCES=.*", "LOAD_BALANCER_SOURCES=10.1.0.0/16,192.168.0.0/16", text, flags=re.M))
    rendered = yaml.safe_load_all(run(str(K8S / "with.sh"), "sql-auth", "load-balancer", env={**os.environ, "PARAMETERS": str(file)}))
    [service] = [each for each in rendered if each["kind"] == "Service" and each["spec"].get("type") == "LoadBalancer"]
    annotations = service["metadata"]["annotations"]
    assert annotations == {"service.beta.kubernetes.io/load-balancer-source-ranges": "10.1.0.0/16,192.168.0.0/16"}


def test_kustomize_needs_nothing_but_the_folder_of_manifests(tmp_path):
    # As Argo CD and Flux do: from a checkout elsewhere.
    shutil.copytree(K8S, tmp_path / "k8s")
    assert run("kubectl", "kustomize", str(tmp_path / "k8s/overlays/gmsa")) == run("kubectl", "kustomize", str(K8S / "overlays/gmsa"))
