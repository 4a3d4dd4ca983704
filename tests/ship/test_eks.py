"""eks.sh against a fake account (fake_aws.py): its calls, their parameters, and its messages after a partial failure."""

import copy
import json
import os
import shutil
import subprocess

import jsonschema
import pytest
from conftest import K8S, kustomize
from fake_aws import FakeAccount
from test_aws import STACKS, template

GROUPS = ["linux", "windows-2022", "windows-2025"]


class Account(FakeAccount):
    """Runs eks.sh in the fake account."""

    def __init__(self, directory):
        super().__init__(directory)
        self.directory, self.parameters = directory, directory / "parameters.env"
        self.parameters.write_text((K8S / "parameters/parameters.env").read_text())

    def run(self, *arguments):
        """Returns the exit code and all output; `calls` keeps the calls of this run only."""
        self.calls.clear()
        done = subprocess.run([str(K8S / "eks/eks.sh"), *arguments], capture_output=True, text=True, timeout=120, env={
            **os.environ, "PATH": f"{self.directory}:{os.environ['PATH']}", "PARAMETERS": str(self.parameters)})
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout + done.stderr

    def up(self, *arguments):
        code, printed = self.run("up", *arguments)
        assert code == 0, printed
        return printed

    def called(self, *beginning):
        return [call for call in self.calls if call[:len(beginning)] == list(beginning)]

    def deployed(self, name):
        return self.state["stacks"][f"bookstore-{name}"]["parameters"]


@pytest.fixture
def account(tmp_path):
    account = Account(tmp_path)
    yield account
    account.stop()


def refused(account, *arguments):
    code, printed = account.run(*arguments)
    assert code == 1, printed
    return printed


def test_up_creates_everything_and_writes_the_domains_facts(account):
    account.up()
    assert account.state["cluster"] == "ACTIVE"
    assert {"bookstore-directory", "bookstore-accounts", "bookstore-nodes"} <= account.state["stacks"].keys()
    assert "AD_SID=S-1-5-21-1-2-3\n" in account.parameters.read_text()
    assert account.called("aws", "eks", "update-kubeconfig")
    assert account.deployed("directory")["Subnets"] == "subnet-0,subnet-2", "two zones"


def test_up_may_be_run_again(account):
    account.up()
    before = copy.deepcopy(account.state["stacks"])
    account.up()
    assert account.state["stacks"] == before
    assert not account.called("eksctl", "create", "cluster")


def test_zone_is_forwarded_for_the_nodes_too(account):
    account.up()
    assert account.deployed("directory")["Resolver"] == "yes"


def test_spn_is_for_the_service_in_the_shops_namespace(account):
    lines = [each for each in account.parameters.read_text().splitlines() if not each.startswith("NAMESPACE=")]
    account.parameters.write_text("\n".join([*lines, "NAMESPACE=shop-gmsa", ""]))
    account.up()
    assert account.deployed("accounts")["SqlHost"] == "containersql-bookstore-service.shop-gmsa.svc.cluster.local"


def test_policy_is_attached_to_the_role_of_every_windows_node_group(account):
    account.up("--join")
    nodes = account.deployed("nodes")
    assert nodes["NodeRoles"].split(",") == [f"eksctl-bookstore-NodeInstanceRole-{each}" for each in GROUPS[1:]]
    assert nodes["AutoScalingGroups"].split(",") == [f"eks-{each}-1" for each in GROUPS[1:]]
    assert nodes["Join"] == "yes"


def test_newer_image_does_not_replace_the_management_machine(account):
    account.up()
    account.state["newest_image"] = "ami-0000000000000002b"
    account.up()
    assert account.deployed("accounts")["Image"] == "ami-0000000000000001a"


def test_recreated_management_machine_has_the_newest_image(account):
    account.up()
    assert account.run("remove-management")[0] == 0
    assert account.deployed("accounts")["ManagementInstance"] == "no"
    assert account.deployed("accounts")["WebGmsa"] == "bookstore-web", "the rest stays as it is"
    account.state["newest_image"] = "ami-0000000000000002b"
    account.up()
    assert account.deployed("accounts")["Image"] == "ami-0000000000000002b"
    assert account.deployed("accounts")["ManagementInstance"] == "yes"


def test_machine_stays_while_nodes_are_joined(account):
    account.up("--join")
    assert "it stays" in refused(account, "remove-management")
    assert account.deployed("accounts")["ManagementInstance"] == "yes"


def test_command_may_take_longer_than_the_clients_own_wait(account):
    account.state["invocation"] = ["missing", "Pending"] + ["InProgress"] * 80 + ["Success"]
    account.up()
    assert len(account.called("sleep", "10")) > 80


def test_endless_command_is_abandoned_with_advice(account):
    account.state["invocation"] = ["InProgress"]
    printed = refused(account, "up")
    assert "after 30 minutes" in printed and "aws ssm get-command-invocation --command-id 11111111-" in printed


def test_failed_command_prints_its_own_error(account):
    account.state.update(invocation=["InProgress", "Failed"], stderr="New-ADServiceAccount : Access is denied")
    printed = refused(account, "up")
    assert "ended with Failed" in printed and "New-ADServiceAccount : Access is denied" in printed
    assert "bookstore-nodes" not in account.state["stacks"], "no later step runs"


def test_missing_permission_is_not_taken_for_a_missing_object(account):
    account.state["invocation"] = ["denied"]
    assert "not authorized to perform: ssm:GetCommandInvocation" in refused(account, "up")


def test_somebody_who_is_not_logged_in_changes_nothing(account):
    account.state["logged_out"] = True
    code, printed = account.run("up")
    assert code != 0 and "Unable to locate credentials" in printed
    assert len(account.calls) == 1


def test_failed_stack_prints_the_reason_and_the_next_run_advice(account):
    account.state.update(deploy_fails=["bookstore-directory"], reason="Limit of directories exceeded")
    assert "Limit of directories exceeded" in refused(account, "up")
    account.state["deploy_fails"] = []
    printed = refused(account, "up")
    assert "is ROLLBACK_COMPLETE" in printed and "aws cloudformation delete-stack --stack-name bookstore-directory" in printed
    assert not account.called("aws", "cloudformation", "deploy")


@pytest.mark.parametrize("status, advice", [
    ("UPDATE_IN_PROGRESS", "wait until that ends"), ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback"),
    ("CREATE_FAILED", "delete-stack"), ("DELETE_FAILED", "delete-stack")])
def test_stack_in_no_state_to_be_updated_is_left_alone(account, status, advice):
    account.up()
    account.state["stacks"]["bookstore-accounts"]["status"] = status
    assert advice in refused(account, "up")
    assert not [call for call in account.called("aws", "cloudformation", "deploy") if "bookstore-accounts" in call]


def test_interrupted_creation_is_completed(account):
    account.state.update(cluster="ACTIVE", nodegroups={"linux": "ACTIVE"})
    account.up()
    assert account.state["nodegroups"].keys() == set(GROUPS)
    assert account.called("eksctl", "create", "addon") and account.called("eksctl", "utils", "associate-iam-oidc-provider")


def test_rest_of_a_failed_creation_is_named(account):
    account.state["stacks"]["eksctl-bookstore-cluster"] = {"status": "ROLLBACK_COMPLETE", "outputs": {}, "parameters": {}}
    printed = refused(account, "up")
    assert "is ROLLBACK_COMPLETE" in printed and "eksctl delete cluster --name bookstore --region us-west-2 --force" in printed
    assert not account.called("eksctl")


@pytest.mark.parametrize("status", ["CREATING", "DELETING", "FAILED"])
def test_cluster_that_is_not_active_is_left_alone(account, status):
    account.state["cluster"] = status
    assert f"is {status}" in refused(account, "up")
    assert not account.called("eksctl")


@pytest.mark.parametrize("status", ["CREATE_FAILED", "DEGRADED"])
def test_failed_node_group_is_named_with_advice(account, status):
    account.state.update(cluster="ACTIVE", nodegroups={**dict.fromkeys(GROUPS, "ACTIVE"), "windows-2022": status})
    printed = refused(account, "up")
    assert f"windows-2022 is {status}" in printed and "eksctl delete nodegroup --cluster bookstore --name windows-2022" in printed


def test_network_in_one_zone_is_refused_before_any_deployment(account):
    account.state["zones"] = ["us-west-2a", "us-west-2a"]
    assert "in two zones" in refused(account, "up")
    assert not account.called("aws", "cloudformation", "deploy")


def test_another_domain_name_does_not_replace_the_directory(account):
    account.up()
    account.parameters.write_text(account.parameters.read_text().replace("AD_DNS_NAME=corp.example.com", "AD_DNS_NAME=other.example.com"))
    assert "is corp.example.com, AD_DNS_NAME is other.example.com" in refused(account, "up")
    assert account.deployed("directory")["DomainName"] == "corp.example.com"


def test_empty_parameter_is_named(account):
    account.parameters.write_text(account.parameters.read_text().replace("AD_NETBIOS=CORP", "AD_NETBIOS="))
    assert "AD_NETBIOS=: " in refused(account, "up")


def test_down_deletes_the_volume_first_and_is_repeatable(account):
    account.up()
    account.state.update(namespaces={"bookstore": ["pv-1"], "shop-sa": []}, volumes=["vol-1"])
    code, printed = account.run("down")
    assert code == 0 and "NOT deleted" not in printed, printed
    assert account.state["cluster"] is None and account.state["stacks"] == {} and account.state["namespaces"] == {}
    order = [" ".join(call[:3]) for call in account.calls]
    assert order.index("aws cloudformation delete-stack") < order.index("eksctl delete cluster")
    deleted = [call[call.index("--stack-name") + 1] for call in account.called("aws", "cloudformation", "delete-stack")]
    assert deleted == ["bookstore-nodes", "bookstore-accounts", "bookstore-directory"]
    code, printed = account.run("down")
    assert code == 0, printed
    assert not account.called("eksctl") and not account.called("aws", "cloudformation", "delete-stack")


def test_down_names_the_volumes_that_stay(account):
    account.up()
    account.state.update(namespaces={"bookstore": ["pv-1"]}, volumes=["vol-1"], retain=True)
    code, printed = account.run("down")
    assert code == 0 and "aws ec2 delete-volume --region us-west-2 --volume-id vol-1" in printed


def test_down_stops_at_a_stack_that_cannot_be_deleted(account):
    account.up()
    account.state.update(delete_fails=["bookstore-directory"], reason="The directory still has authorized applications")
    assert "still has authorized applications" in refused(account, "down")
    assert account.state["cluster"] == "ACTIVE"
    account.state["delete_fails"] = []
    assert account.run("down")[0] == 0
    assert account.state["cluster"] is None


def test_down_deletes_a_half_created_cluster(account):
    account.state["stacks"]["eksctl-bookstore-cluster"] = {"status": "ROLLBACK_COMPLETE", "outputs": {}, "parameters": {}}
    assert account.run("down")[0] == 0
    [call] = account.called("eksctl", "delete", "cluster")
    assert {"--force", "--wait"} <= set(call)


@pytest.mark.parametrize("arguments", [[], ["sideways"], ["up", "--jion"], ["down", "now"]])
def test_unknown_command_prints_the_usage(account, arguments):
    code, printed = account.run(*arguments)
    assert code == 2 and "eks.sh down" in printed and account.calls == []


def cluster_config():
    [config] = [each for each in kustomize("eks") if each["kind"] == "ClusterConfig"]
    return config


def test_pods_cannot_take_a_nodes_role():
    assert [each["name"] for each in cluster_config()["managedNodeGroups"]] == GROUPS
    assert all(each["disablePodIMDS"] is True for each in cluster_config()["managedNodeGroups"])


def test_volumes_carry_the_clusters_name():
    [driver] = [each for each in cluster_config()["addons"] if each["name"] == "aws-ebs-csi-driver"]
    assert json.loads(driver["configurationValues"])["controller"]["extraVolumeTags"] == {"bookstore-cluster": "bookstore"}


@pytest.mark.skipif(not shutil.which("eksctl"), reason="NO EKSCTL: it prints the schema of its own configuration")
def test_eksctls_own_schema_accepts_the_cluster():
    schema = json.loads(subprocess.run(["eksctl", "utils", "schema"], capture_output=True, text=True, check=True).stdout)
    jsonschema.validate(cluster_config(), schema, jsonschema.Draft7Validator)


def test_no_name_is_shared_by_two_clusters_of_an_account():
    for name in STACKS:
        for logical, each in template(name)["Resources"].items():
            if each["Type"] in ("AWS::SecretsManager::Secret", "AWS::SSM::Document", "AWS::IAM::Role"):
                fixed = each["Properties"].get("Name", {"Fn::Sub": "${Cluster}"})
                assert "${Cluster}" in fixed["Fn::Sub"] or "${AWS::StackName}" in fixed["Fn::Sub"], f"{name}.{logical}"
    assert not [each for each in cluster_config()["managedNodeGroups"] if "instanceRoleName" in each.get("iam", {})]


def test_group_and_the_ou_have_two_names():
    for name in "accounts", "nodes":
        known = template(name)["Parameters"]
        assert known["NodeOu"]["Default"] != known["ReaderGroup"]["Default"], name
