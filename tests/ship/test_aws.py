"""The CloudFormation stacks: deployed to moto's server (create, update, delete), and the permissions of their policies."""

import json
import os

import boto3
import pytest
from cfnlint.decode.cfn_yaml import load as load_template
from conftest import K8S
from moto.backends import get_backend
from moto.cloudformation.parsing import get_model_map
from moto.server import ThreadedMotoServer

os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-west-2")
STACKS = ["directory", "accounts", "nodes"]
# moto's CloudFormation supports none of these. They are removed from the deployed template, and references to them get example values.
UNSUPPORTED = {
    "AWS::DirectoryService::MicrosoftAD", "AWS::Route53Resolver::ResolverEndpoint", "AWS::Route53Resolver::ResolverRule",
    "AWS::Route53Resolver::ResolverRuleAssociation", "AWS::SSM::Association", "AWS::SecretsManager::Secret",
}


def template(name):
    """The template as plain dictionaries, short forms such as !Ref written out."""
    return json.loads(json.dumps(load_template(str(K8S / f"eks/{name}.yaml"))))


def example_value(logical, attribute=None):
    known = {"DnsIpAddresses": ["10.0.0.10", "10.0.0.11"]}
    return known.get(attribute, f"arn:aws:test:us-west-2:123456789012:{logical}")


def without_unsupported(value, removed):
    """The template without references to the removed resources."""
    if isinstance(value, list):
        return [without_unsupported(each, removed) for each in value]
    if not isinstance(value, dict):
        if isinstance(value, str):
            for logical in removed:
                value = value.replace(f"${{{logical}}}", example_value(logical))
        return value
    if value.get("Ref") in removed:
        return example_value(value["Ref"])
    if isinstance(value.get("Fn::GetAtt"), list) and value["Fn::GetAtt"][0] in removed:
        return example_value(*value["Fn::GetAtt"])
    return {key: without_unsupported(each, removed) for key, each in value.items()}


def deployable(name):
    whole = template(name)
    removed = {key for key, each in whole["Resources"].items() if each["Type"] in UNSUPPORTED}
    whole["Resources"] = {key: each for key, each in whole["Resources"].items() if key not in removed}
    return without_unsupported(whole, removed), sorted(removed)


@pytest.fixture(scope="module")
def aws():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield lambda service: boto3.client(service, endpoint_url=f"http://{host}:{port}")
    server.stop()


def arguments(name, aws):
    ec2 = aws("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    subnets = [each["SubnetId"] for each in ec2.describe_subnets()["Subnets"][:2]]
    given = {
        "Cluster": "bookstore", "DomainName": "corp.example.com", "NetbiosName": "CORP",
        "VpcId": vpc, "Subnets": ",".join(subnets), "Subnet": subnets[0],
        "DirectoryId": "d-1234567890", "DnsServers": "10.0.0.10 10.0.0.11", "Image": ec2.describe_images()["Images"][0]["ImageId"],
        "AdminSecretArn": "arn:aws:secretsmanager:us-west-2:123456789012:secret:bookstore/directory-admin-AbCdEf",
        "ReaderSecretArn": "arn:aws:secretsmanager:us-west-2:123456789012:secret:bookstore/gmsa-reader-AbCdEf",
        "KeyArn": "arn:aws:kms:us-west-2:123456789012:key/11111111-2222-3333-4444-555555555555",
        "ManagementInstanceId": "i-0123456789abcdef0", "AutoScalingGroups": "eks-windows-2022,eks-windows-2025",
        "NodeRoles": "windows-2022-node,windows-2025-node",
    }
    known = template(name)["Parameters"]
    needed = {key for key, each in known.items() if "Default" not in each}
    assert needed <= given.keys()
    return {key: value for key, value in given.items() if key in known}


def as_list(given):
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]


# The update turns each stack's switch.
SWITCH = {"directory": {"Resolver": "no"}, "accounts": {"ManagementInstance": "no"}, "nodes": {"Join": "yes"}}


@pytest.mark.parametrize("name", STACKS)
def test_stack_is_created_updated_and_deleted(name, aws, capsys):
    body, removed = deployable(name)
    with capsys.disabled():
        print(f"\nstack {name}: not supported by moto, not deployed: {', '.join(removed) or 'nothing'}")
    if name == "nodes":
        for role in arguments(name, aws)["NodeRoles"].split(","):
            aws("iam").create_role(RoleName=role, AssumeRolePolicyDocument="{}")
    cloudformation, given = aws("cloudformation"), arguments(name, aws)

    def resources():
        listed = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
        # moto lists a resource whose condition is false too, without a name.
        return {each["LogicalResourceId"] for each in listed if each.get("LogicalResourceId")}

    def expected(values):
        switch, defaults = SWITCH[name], {key: each.get("Default") for key, each in body["Parameters"].items()}
        conditions = {key: each["Fn::Equals"][1] == {**defaults, **values}[each["Fn::Equals"][0]["Ref"]]
                      for key, each in body["Conditions"].items()}
        assert switch.keys() <= defaults.keys()
        return {key for key, each in body["Resources"].items() if conditions.get(each.get("Condition"), True)}

    call = {"StackName": name, "TemplateBody": json.dumps(body), "Capabilities": ["CAPABILITY_IAM"]}
    cloudformation.create_stack(**call, Parameters=as_list(given))
    assert resources() == expected(given)
    changed = {**given, **SWITCH[name]}
    cloudformation.update_stack(**call, Parameters=as_list(changed))
    # moto leaves a resource whose condition has become false; CloudFormation deletes it.
    assert expected(changed) <= resources() <= expected(given) | expected(changed)
    outputs = cloudformation.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]
    assert {each["OutputKey"] for each in outputs} <= set(body["Outputs"])
    cloudformation.delete_stack(StackName=name)
    active = [each["StackName"] for each in cloudformation.list_stacks()["StackSummaries"] if each["StackStatus"] != "DELETE_COMPLETE"]
    assert name not in active


def test_only_known_types_are_left_out_of_the_deployment():
    for each in "ds", "ec2", "iam", "kms", "route53resolver", "secretsmanager", "ssm":
        get_backend(each)  # a service's types are known once it is loaded
    supported = get_model_map().keys()
    assert UNSUPPORTED.isdisjoint(supported), "moto supports it now: remove it from UNSUPPORTED"
    used = {each["Type"] for name in STACKS for each in template(name)["Resources"].values()}
    assert used - UNSUPPORTED <= supported


def policies():
    """Every statement that an identity policy of the stacks allows."""
    for name in STACKS:
        for logical, each in template(name)["Resources"].items():
            properties = each.get("Properties", {})
            documents = [properties["PolicyDocument"]] if each["Type"] == "AWS::IAM::ManagedPolicy" else [
                policy["PolicyDocument"] for policy in properties.get("Policies", [])]
            for document in documents:
                for statement in document["Statement"]:
                    yield f"{name}.{logical}", statement


def listed(value):
    return value if isinstance(value, list) else [value]


def test_policies_allow_named_actions_on_named_resources():
    # Actions that IAM defines without resources; https://docs.aws.amazon.com/service-authorization/ lists them.
    without_resources = {"ds:DescribeDirectories"}
    assert list(policies())
    for where, statement in policies():
        actions = set(listed(statement["Action"]))
        assert not any("*" in action for action in actions), where
        if "*" in listed(statement["Resource"]):
            assert actions <= without_resources, f"{where}: {actions} on everything"


def test_nodes_read_one_secret_and_never_the_administrators():
    for where, statement in policies():
        if where.startswith("nodes.") and "secretsmanager:GetSecretValue" in listed(statement["Action"]):
            assert listed(statement["Resource"]) == [{"Ref": "ReaderSecretArn"}]


def test_key_is_used_through_secrets_manager_only():
    uses = [statement for _, statement in policies() if "kms:Decrypt" in listed(statement["Action"])]
    assert len(uses) == 2
    for statement in uses:
        assert "kms:ViaService" in statement["Condition"]["StringEquals"]


def test_only_ec2_is_trusted_and_no_port_is_open():
    for name in STACKS:
        for each in template(name)["Resources"].values():
            properties = each.get("Properties", {})
            if each["Type"] == "AWS::IAM::Role":
                [trust] = properties["AssumeRolePolicyDocument"]["Statement"]
                assert trust["Principal"] == {"Service": "ec2.amazonaws.com"}
            assert "SecurityGroupIngress" not in properties


def test_no_secret_is_a_parameter_or_an_output():
    for name in STACKS:
        whole = template(name)
        assert not [key for key in [*whole["Parameters"], *whole["Outputs"]] if "password" in key.lower()]
    password = template("directory")["Resources"]["Directory"]["Properties"]["Password"]
    assert password["Fn::Sub"].startswith("{{resolve:secretsmanager:")


def test_spns_are_added_to_those_that_are_registered():
    # Replace would remove the SPN of a second shop's database, whose logins then fall back to NTLM.
    text = (K8S / "eks/accounts.yaml").read_text()
    assert "-ServicePrincipalNames @{ Add = $missing }" in text and "Replace =" not in text
