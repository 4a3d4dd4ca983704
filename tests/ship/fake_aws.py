"""A fake AWS account for eks.sh: replaces the programs aws, eksctl, kubectl and sleep, and records their calls.

botocore, AWS's own description of its services, validates each call: the operation must have the option, the response its shape, and
--query is evaluated by jmespath, as in the real client."""

import functools
import json
import shutil
import socketserver
import threading
import traceback
from pathlib import Path

import botocore.session
import botocore.validate
import jmespath
import yaml
from botocore import xform_name
from conftest import run
from test_aws import template

REGION, ACCOUNT, CLUSTER = "us-west-2", "123456789012", "bookstore"
ARN = f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{CLUSTER}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/eksctl-{CLUSTER}-NodeInstanceRole-"
# Each program on PATH is this script. It passes its arguments to the test's process, which loads AWS's descriptions once. Bash, because
# a run of eks.sh calls it a hundred times.
CLIENT = r"""#!/bin/bash
case " $* " in *" - "*) piped=$(cat) ;; esac
exec 3<>/dev/tcp/127.0.0.1/{port}
printf '%s\0' $# "$piped" "${{0##*/}}" "$@" >&3
read -r code <&3
if [ "$code" -eq 0 ]; then cat <&3; else cat <&3 >&2; fi
exit "$code"
"""


class Refusal(Exception):
    """A program's error message and exit code."""


def refuse(message, status=254):
    raise Refusal(message, status)


def error(code, operation, message):
    refuse(f"\nAn error occurred ({code}) when calling the {operation} operation: {message}")


def text(value):
    """The output of `--output text`."""
    if isinstance(value, list):
        if any(isinstance(each, list) for each in value):
            return "\n".join(text(each) for each in value)
        return "\t".join(str(each) for each in value)
    return str(value)


def options(words):
    """Options with their values, such as {"name": ["bookstore"]}."""
    found, last = {}, None
    for word in words:
        if word.startswith("--"):
            last = found.setdefault(word[2:], [])
        else:
            assert last is not None, f"a stray word: {word}"
            last.append(word)
    return found


@functools.cache
def operation_model(service, operation):
    model = botocore.session.get_session().get_service_model(service)
    return next(model.operation_model(name) for name in model.operation_names if xform_name(name, "-") == operation)


def new_state():
    """An empty account, in which everything succeeds."""
    return {"cluster": None, "nodegroups": {}, "stacks": {}, "deploy_fails": [], "delete_fails": [], "reason": "",
            "invocation": ["Success"], "stderr": "", "zones": ["us-west-2a", "us-west-2a", "us-west-2b"], "volumes": [],
            "namespaces": {}, "retain": False, "newest_image": "ami-0000000000000001a", "logged_out": False}


class FakeAccount:
    """`state` is the content of the account, `calls` every call so far."""

    # ---- CloudFormation

    def stack(self, name, operation):
        if name not in self.state["stacks"]:
            error("ValidationError", operation, f"Stack with id {name} does not exist")
        return self.state["stacks"][name]

    def describe_stacks(self, given):
        name = given["stack-name"][0]
        found = self.stack(name, "DescribeStacks")
        listed = [{"OutputKey": key, "OutputValue": value} for key, value in found["outputs"].items()]
        return {"Stacks": [{"StackName": name, "StackStatus": found["status"], "CreationTime": "2026-01-01T00:00:00Z",
                            **({"Outputs": listed} if listed else {})}]}

    def describe_stack_events(self, given):
        name = given["stack-name"][0]
        return {"StackEvents": [
            {"StackId": name, "EventId": "1", "StackName": name, "Timestamp": "2026-01-01T00:00:00Z", "LogicalResourceId": "Directory",
             "ResourceStatus": status, **({"ResourceStatusReason": self.state["reason"]} if status.endswith("FAILED") else {})}
            for status in ("CREATE_FAILED", "CREATE_IN_PROGRESS")]}

    def condition(self, body, name, parameters):
        if name is None:
            return True
        left, right = body["Conditions"][name]["Fn::Equals"]
        return parameters[left["Ref"]] == right

    def resolve(self, value, parameters):
        if isinstance(value, dict):
            [(function, argument)] = value.items()
            if function == "Ref":
                return parameters.get(argument, f"{argument.lower()}-0123")
            return {"Fn::Join": "10.0.0.10 10.0.0.11", "Fn::GetAtt": "arn:aws:kms:us-west-2:123456789012:key/1", "Fn::Select": "subnet-a",
                    "Fn::If": "arn:aws:iam::123456789012:policy/x"}[function]
        return value

    def deploy(self, given):
        """As `aws cloudformation deploy`: parameters that are not given keep their value."""
        [name], [file] = given["stack-name"], given["template-file"]
        body = template(Path(file).stem)
        values = dict(each.split("=", 1) for each in given["parameter-overrides"])
        before = self.state["stacks"].get(name, {"parameters": {}, "outputs": {}})
        if before.get("status") == "ROLLBACK_COMPLETE":
            error("ValidationError", "CreateChangeSet", f"Stack:{name} is in ROLLBACK_COMPLETE state and can not be updated.")
        parameters = {key: each.get("Default") for key, each in body["Parameters"].items()} | before["parameters"] | values
        unknown, missing = values.keys() - body["Parameters"].keys(), [key for key, each in parameters.items() if each in (None, "")]
        if unknown or missing:
            error("ValidationError", "CreateChangeSet", f"Parameters: unknown {unknown}, without a value {missing}")
        if name in self.state["deploy_fails"]:
            self.state["stacks"][name] = {"status": "ROLLBACK_COMPLETE", "parameters": parameters, "outputs": {}}
            refuse("Failed to create/update the stack. Run the following command\n"
                   "to fetch the list of events leading up to the failure", 255)
        outputs = {key: self.resolve(each["Value"], parameters) for key, each in body["Outputs"].items()
                   if self.condition(body, each.get("Condition"), parameters)}
        self.state["stacks"][name] = {"status": "CREATE_COMPLETE", "parameters": parameters, "outputs": outputs}

    def delete_stack(self, given):
        [name] = given["stack-name"]
        if name in self.state["delete_fails"]:
            self.state["stacks"][name]["status"] = "DELETE_FAILED"
        else:
            self.state["stacks"].pop(name, None)

    def wait_for_deletion(self, given):
        if self.state["stacks"].get(given["stack-name"][0], {}).get("status") == "DELETE_FAILED":
            refuse("Waiter StackDeleteComplete failed: Waiter encountered a terminal failure state", 255)

    # ---- EKS, EC2, Systems Manager

    def describe_cluster(self, given):
        if not self.state["cluster"] or given["name"] != [CLUSTER]:
            error("ResourceNotFoundException", "DescribeCluster", f"No cluster found for name: {given['name'][0]}.")
        return {"cluster": {"name": CLUSTER, "status": self.state["cluster"], "arn": f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{CLUSTER}",
                            "resourcesVpcConfig": {"vpcId": "vpc-1"}}}

    def describe_nodegroup(self, given):
        [name] = given["nodegroup-name"]
        if name not in self.state["nodegroups"]:
            error("ResourceNotFoundException", "DescribeNodegroup", f"No node group found for name: {name}.")
        return {"nodegroup": {"nodegroupName": name, "status": self.state["nodegroups"][name], "nodeRole": ROLE + name,
                              "resources": {"autoScalingGroups": [{"name": f"eks-{name}-1"}]}}}

    def describe_subnets(self, given):
        assert "Name=vpc-id,Values=vpc-1" in given["filters"]
        return {"Subnets": [{"AvailabilityZone": zone, "SubnetId": f"subnet-{number}"} for number, zone in enumerate(self.state["zones"])]}

    def describe_volumes(self, given):
        assert given["filters"] == [f"Name=tag:bookstore-cluster,Values={CLUSTER}"]
        return {"Volumes": [{"VolumeId": each} for each in self.state["volumes"]]}

    def get_parameter(self, given):
        return {"Parameter": {"Name": given["name"][0], "Value": self.state["newest_image"]}}

    def send_command(self, given):
        if not given["instance-ids"][0]:
            error("InvalidInstanceId", "SendCommand", "Instances [[]] not in a valid state for account")
        return {"Command": {"CommandId": "11111111-2222-3333-4444-555555555555"}}

    def get_command_invocation(self, given):
        statuses = self.state["invocation"]
        status = statuses[0]
        if "Status" in given["query"] and len(statuses) > 1:
            statuses.pop(0)
        if status == "missing":
            error("InvocationDoesNotExist", "GetCommandInvocation", "")
        if status == "denied":
            error("AccessDeniedException", "GetCommandInvocation", "User is not authorized to perform: ssm:GetCommandInvocation")
        return {"Status": status, "StatusDetails": status, "StandardErrorContent": self.state["stderr"] if status == "Failed" else "",
                "StandardOutputContent": "AD_DNS_NAME=corp.example.com\r\nAD_SID=S-1-5-21-1-2-3\r\n" if status == "Success" else ""}

    def get_caller_identity(self, _):
        if self.state["logged_out"]:
            refuse("Unable to locate credentials. You can configure credentials by running \"aws login\".", 253)
        return {"Account": ACCOUNT}

    OPERATIONS = {
        "cloudformation": [describe_stacks, describe_stack_events, delete_stack], "eks": [describe_cluster, describe_nodegroup],
        "ec2": [describe_subnets, describe_volumes], "ssm": [get_parameter, send_command, get_command_invocation],
        "sts": [get_caller_identity],
    }
    # Commands of the client that are not operations of a service, with their options.
    CUSTOM = {
        ("cloudformation", "deploy"): (deploy, {"stack-name", "template-file", "capabilities", "no-fail-on-empty-changeset", "tags",
                                                "parameter-overrides"}),
        ("cloudformation", "wait", "stack-delete-complete"): (wait_for_deletion, {"stack-name"}),
        ("eks", "update-kubeconfig"): (describe_cluster, {"name", "alias"}),
    }

    # ---- the programs: each returns its output

    def aws(self, words, _):
        count = next((at for at, word in enumerate(words) if word.startswith("--")), len(words))
        command, given = tuple(words[:count]), options(words[count:])
        if command in self.CUSTOM:
            function, known = self.CUSTOM[command]
            assert given.keys() <= known, f"{command} has no {given.keys() - known}"
            function(self, given)
            return ""
        service, operation = command
        shape = operation_model(service, operation)
        known = {xform_name(name, "-") for name in shape.input_shape.members} | {"output", "query", "max-items"}
        assert given.keys() <= known, f"aws {service} {operation} has no {given.keys() - known}"
        answer = {each.__name__.replace("_", "-"): each for each in self.OPERATIONS[service]}[operation](self, given)
        if answer is None:
            return ""
        report = botocore.validate.ParamValidator().validate(answer, shape.output_shape)
        assert not report.has_errors(), report.generate_report()
        return text(jmespath.search(given["query"][0], answer)) + "\n"

    def eksctl(self, words, piped):
        stack = f"eksctl-{CLUSTER}-cluster"
        if words[:2] == ["delete", "cluster"]:
            self.state.update(cluster=None, nodegroups={})
            self.state["stacks"].pop(stack, None)
            return ""
        config = yaml.safe_load(piped)
        if words[:2] == ["create", "cluster"]:
            if stack in self.state["stacks"]:
                refuse(f"Error: creating CloudFormation stack {stack!r}: AlreadyExistsException", 1)
            self.state["cluster"] = "ACTIVE"
            self.state["stacks"][stack] = {"status": "CREATE_COMPLETE", "outputs": {}, "parameters": {}}
        if words[1] in ("cluster", "nodegroup"):
            for each in config["managedNodeGroups"]:
                self.state["nodegroups"].setdefault(each["name"], "ACTIVE")
        return ""

    def kubectl(self, words, _):
        if words[0] == "kustomize":
            return run(self.real_kubectl, *words)
        assert words[:2] == ["--context", ARN], "not on the cluster by its name"
        words, namespaces = words[2:], self.state["namespaces"]
        if words[:2] == ["get", "namespace"]:
            return " ".join(namespaces)
        if words[0] == "-n":
            return " ".join(namespaces[words[1]])
        if words[:2] == ["delete", "namespace"] and namespaces.pop(words[2]) and not self.state["retain"]:
            self.state["volumes"] = []
        return ""

    def sleep(self, words, _):
        return ""

    # ---- the server

    def __init__(self, directory):
        """Writes the programs to the directory and serves their calls until stop()."""
        self.state, self.calls, self.real_kubectl = new_state(), [], shutil.which("kubectl")
        account = self

        class Handler(socketserver.StreamRequestHandler):
            def field(self):
                return b"".join(iter(lambda: self.rfile.read(1), b"\0")).decode()

            def handle(self):
                count, piped, program = int(self.field()), self.field(), self.field()
                code, printed = account.answer(program, [self.field() for _ in range(count)], piped)
                self.wfile.write(f"{code}\n{printed}".encode())

        self.server = socketserver.TCPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        for name in "aws", "eksctl", "kubectl", "sleep":
            program = directory / name
            program.write_text(CLIENT.format(port=self.server.server_address[1]))
            program.chmod(0o755)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, program, arguments, piped):
        """Exit code and output of one call; an error's text goes to standard error."""
        self.calls.append([program, *arguments])
        try:
            return 0, getattr(self, program)(arguments, piped)
        except Refusal as refusal:
            return refusal.args[1], f"{refusal.args[0]}\n"
        except Exception:
            return 1, traceback.format_exc()
