#!/usr/bin/env python3
"""Enough of kubectl for the scripts: secrets and ConfigMaps are files KIND-NAME.json in $FAKE_CLUSTER; without that the cluster is down."""

import json
import os
import pathlib
import re
import sys

import yaml


def jsonpath(found, template):
    """The value at {.data.KEY}, or the output of the template of coredns.sh."""
    if template.startswith("jsonpath="):
        return found.get("data", {}).get(re.fullmatch(r"jsonpath=\{\.data\.(.+)\}", template)[1], "")
    return "".join(f"{value}\n" for key, value in found.get("data", {}).items() if key != "bookstore.server")


def main():
    _, _, verb, kind, name, *rest = sys.argv[1:]  # -n NAMESPACE VERB KIND NAME
    if "FAKE_CLUSTER" not in os.environ:
        sys.exit("The connection to the server localhost:8080 was refused - did you specify the right host or port?")
    file = pathlib.Path(os.environ["FAKE_CLUSTER"]) / f"{kind}-{name}.json"
    if verb == "create":
        file.write_text('{"data": {}}')
    elif not file.exists():
        sys.exit(None if "--ignore-not-found" in rest else 'Error from server (NotFound)')
    elif verb == "get":
        if "-o" in rest:
            print(jsonpath(json.loads(file.read_text()), rest[rest.index("-o") + 1]), end="")
    elif verb == "patch":
        found = json.loads(file.read_text())
        found["data"].update(yaml.safe_load(open(rest[rest.index("--patch-file") + 1]).read())["data"])
        found["data"] = {key: value for key, value in found["data"].items() if value is not None}
        file.write_text(json.dumps(found))


main()
