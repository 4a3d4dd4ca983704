"""The scripts that people run: secrets, CoreDNS, components, parameters."""

import base64
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import K8S, parameters, run

COREFILE = ".:53 {\n    errors\n    forward . /etc/resolv.conf\n}\nold.example.org:53 {\n    forward . 10.9.9.9\n}"

# Enough of kubectl for coredns.sh: ConfigMaps are files, a merge patch is what kubectl says it is.
FAKE_KUBECTL = '''#!/usr/bin/env python3
import json, pathlib, sys, yaml
args = sys.argv[3:]  # after -n kube-system
file = pathlib.Path(__file__).parent / (args[2] + ".json")
if args[0] == "create":
    file.write_text('{"data": {}}')
elif not file.exists():
    sys.exit(1)
elif args[0] == "get":
    print(json.loads(file.read_text())["data"].get("Corefile", ""), end="")
else:
    config = json.loads(file.read_text())
    patch = yaml.safe_load(open(args[args.index("--patch-file") + 1]).read())
    config["data"].update(patch["data"])
    config["data"] = {key: value for key, value in config["data"].items() if value is not None}
    file.write_text(json.dumps(config))
'''


@pytest.fixture
def cluster(tmp_path):
    """Runs coredns.sh on a pretended cluster; returns the ConfigMap's data."""
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(FAKE_KUBECTL.replace("/usr/bin/env python3", sys.executable))
    kubectl.chmod(0o755)
    (tmp_path / "coredns.json").write_text(json.dumps({"data": {"Corefile": COREFILE}}))

    def coredns(*arguments, config="coredns"):
        run(str(K8S / "cluster/coredns.sh"), *arguments, env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
        return json.loads((tmp_path / f"{config}.json").read_text())["data"]
    return coredns


def test_coredns_keeps_what_is_there_and_adds_the_zone_once(cluster):
    once = cluster("add")["Corefile"]
    assert once.startswith(COREFILE)
    assert f"{parameters()['AD_DNS_NAME']}:53 {{" in once
    assert f"forward . {parameters()['AD_DNS_SERVERS']}\n" in once
    assert cluster("add")["Corefile"] == once


def test_coredns_is_put_back_as_it_was(cluster):
    cluster("add")
    assert cluster("remove")["Corefile"].rstrip("\n") == COREFILE


def test_on_aks_only_one_key_of_the_custom_configuration_is_ours(cluster, tmp_path):
    (tmp_path / "coredns-custom.json").write_text(json.dumps({"data": {"theirs.server": "x"}}))
    added = cluster("add", "--aks", config="coredns-custom")
    assert added.keys() == {"theirs.server", "bookstore.server"}
    assert f"{parameters()['AD_DNS_NAME']}:53 {{" in added["bookstore.server"]
    assert cluster("remove", "--aks", config="coredns-custom") == {"theirs.server": "x"}


def secrets(tmp_path, **environment):
    text = run(str(K8S / "secrets.sh"), env={"PATH": "/usr/bin:/bin", "BOOKSTORE_SA_PASSWORD_FILE": str(tmp_path / "sa"), **environment})
    return {each["metadata"]["name"]: {key: base64.b64decode(value).decode() for key, value in each["data"].items()}
            for each in yaml.safe_load_all(text) if each}


def test_the_password_is_made_once_is_strong_and_readable_by_its_owner_only(tmp_path):
    first = secrets(tmp_path)["mssql"]["password"]
    assert secrets(tmp_path)["mssql"]["password"] == first
    assert len(first) >= 20 and any(each.isupper() for each in first) and any(each.isdigit() for each in first)
    assert stat.S_IMODE((tmp_path / "sa").stat().st_mode) == 0o600


def test_the_shop_gets_no_login_of_the_migration_from_outside(tmp_path):
    made = secrets(tmp_path, EXTERNAL_CONNECTIONSTRING="Server=shop", EXTERNAL_MIGRATE_CONNECTIONSTRING="Server=owner")
    assert made["bookstore-connection"]["external"] == "Server=shop"
    assert made["bookstore-migration"]["external"] == "Server=owner"
    assert "owner" not in str(made["bookstore-connection"])


def test_the_gmsa_string_has_no_password_and_uses_the_name_with_the_spn(tmp_path):
    made = secrets(tmp_path)
    gmsa = made["bookstore-connection"]["gmsa"]
    assert made["mssql"]["password"] not in gmsa and "User" not in gmsa
    host = gmsa.split(";")[0].removeprefix("Server=")
    template = (K8S / "eks/accounts.yaml").read_text()
    assert f"Default: {host}\n" in template, "accounts.yaml registers another SPN"
    assert host == "containersql-bookstore-service.bookstore.svc.cluster.local"


def test_a_password_with_every_kind_of_quote_arrives(tmp_path):
    (tmp_path / "sa").write_text("a;b\"c'd$e")
    assert 'Password = "a;b""c\'d$e";' in secrets(tmp_path)["bookstore-connection"]["sql-auth"]


def test_facts_of_the_domain_are_written_into_their_places(tmp_path):
    file = tmp_path / "parameters.env"
    file.write_text((K8S / "parameters/parameters.env").read_text())
    lines = "Loading…\r\nAD_DNS_NAME=ad.test\r\nEKS_CREDENTIAL_ARN=arn:aws:x&y\\1\r\n"
    subprocess.run([str(K8S / "parameters/write.sh")], input=lines, text=True, check=True,
                   env={**os.environ, "PARAMETERS": str(file)})
    before, after = (K8S / "parameters/parameters.env").read_text().splitlines(), file.read_text().splitlines()
    changed = [new for old, new in zip(before, after, strict=True) if old != new]
    assert changed == ["AD_DNS_NAME=ad.test", "EKS_CREDENTIAL_ARN=arn:aws:x&y\\1"]


def test_an_unknown_fact_is_refused(tmp_path):
    file = tmp_path / "parameters.env"
    file.write_text("AD_DNS_NAME=x\n")
    done = subprocess.run([str(K8S / "parameters/write.sh")], input="NO_SUCH=1\n", text=True, capture_output=True,
                          env={**os.environ, "PARAMETERS": str(file)})
    assert done.returncode != 0 and "NO_SUCH" in done.stderr


def test_a_command_that_printed_no_facts_is_told(tmp_path):
    file = tmp_path / "parameters.env"
    file.write_text("AD_DNS_NAME=x\n")
    done = subprocess.run([str(K8S / "parameters/write.sh")], input="bookstore: no ticket\n", text=True, capture_output=True,
                          env={**os.environ, "PARAMETERS": str(file)})
    assert done.returncode != 0 and "failed" in done.stderr
    assert file.read_text() == "AD_DNS_NAME=x\n"


def test_what_the_accounts_document_prints_are_parameters():
    text = (K8S / "eks/accounts.yaml").read_text()
    printed = text[text.index("@(\n"):text.index("Outputs:")]
    keys = {line.strip(" '\"").split("=", 1)[0] for line in printed.splitlines() if "=" in line}
    assert keys and keys <= parameters().keys()


def test_adding_components_leaves_nothing_behind():
    before = set(K8S.iterdir())
    run(str(K8S / "with.sh"), "sql-auth", "monitoring")
    assert set(Path(K8S).iterdir()) == before
