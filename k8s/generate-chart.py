#!/usr/bin/env python3
"""Writes the Helm chart's templates and the schema of its values from the overlays and parameters/rules.txt, which stay the source:

    k8s/generate-chart.py [CHART]     default: k8s/chart

Each variant of the values in VARIANTS is rendered by with.sh with marked parameters. Where all variants agree the template has the text,
where they differ it has the condition on the values that separates them. Needs kubectl and Python's yaml.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from itertools import combinations
from pathlib import Path

import yaml

K8S = Path(__file__).resolve().parent
HEADER = "{{- /* Written by k8s/generate-chart.py. k8s/base and k8s/components have the source, with comments. */ -}}\n"



def _choice(login="sql-auth", database="in-cluster", os="windows", nodes="none"):
    return {"login": login, "database": database, "os": os, "directory": {"nodes": nodes}}


# The overlays as values of the chart, and combinations that no overlay has: what with.sh is called with, and the values.
VARIANTS = {
    ("sql-auth",): _choice(),
    ("sql-auth-linux",): _choice(os="linux"),
    ("sql-auth-joined",): _choice(nodes="joined"),
    ("gmsa",): _choice("gmsa", nodes="joined"),
    ("sql-auth-domainless-eks",): _choice(nodes="eks"),
    ("gmsa-domainless-eks",): _choice("gmsa", nodes="eks"),
    ("sql-auth-domainless-aks",): _choice(nodes="aks"),
    ("gmsa-domainless-aks",): _choice("gmsa", nodes="aks"),
    ("external-sql",): _choice(database="external"),
    ("external-sql", "linux"): _choice(database="external", os="linux"),
    ("external-sql-gmsa",): _choice("gmsa", "external", nodes="joined"),
    ("external-sql-gmsa", "gmsa-plugin-eks"): _choice("gmsa", "external", nodes="eks"),
    ("external-sql-gmsa", "gmsa-plugin-aks"): _choice("gmsa", "external", nodes="aks"),
}
COMPONENTS = {"monitoring": "monitoring", "load-balancer": "loadBalancer", "http-route": "httpRoute"}

# Each parameter's path in the values. NAMESPACE is the release's; the others do not end up in an object.
VALUES = {
    "WEB_IMAGE": "images.web", "WEB_LINUX_IMAGE": "images.webLinux", "DB_IMAGE": "images.database", "DB_LINUX_IMAGE": "images.databaseLinux",
    "WINDOWS_BUILD": "windowsBuild", "STORAGE_CLASS": "storageClass", "INGRESS_NAMESPACE": "ingressNamespace",
    "MONITORING_NAMESPACE": "monitoring.namespace", "RUNBOOK_URL": "monitoring.runbookUrl", "LOAD_BALANCER_SOURCES": "loadBalancer.sources",
    "GATEWAY": "httpRoute.gateway", "GATEWAY_NAMESPACE": "httpRoute.gatewayNamespace", "HOST_NAME": "httpRoute.hostName",
    "AD_DNS_NAME": "directory.dnsName", "AD_NETBIOS": "directory.netBiosName", "AD_SID": "directory.sid", "AD_GUID": "directory.guid",
    "WEB_GMSA": "directory.webGmsa", "DB_GMSA": "directory.databaseGmsa",
    "EKS_CREDENTIAL_ARN": "directory.eksCredentialArn", "AKS_PLUGIN_INPUT": "directory.aksPluginInput",
}
# A value that occurs nowhere else and follows the parameter's rule.
MARKS = {
    "NAMESPACE": "zz-namespace", "WEB_IMAGE": "zz-web/image", "WEB_LINUX_IMAGE": "zz-web-linux/image", "DB_IMAGE": "zz-db/image",
    "DB_LINUX_IMAGE": "zz-db-linux/image", "WINDOWS_BUILD": "10.0.99999", "STORAGE_CLASS": "zz-class", "INGRESS_NAMESPACE": "zz-ingress",
    "MONITORING_NAMESPACE": "zz-monitoring", "RUNBOOK_URL": "https://zz-runbook", "LOAD_BALANCER_SOURCES": "192.0.2.77/32",
    "GATEWAY": "zz-gateway",
    "GATEWAY_NAMESPACE": "zz-gate-namespace", "HOST_NAME": "zz-host", "AD_DNS_NAME": "zz-dns.test", "AD_NETBIOS": "ZZ-NETBIOS",
    "AD_SID": "S-1-5-21-777-777-777", "AD_GUID": "77777777-7777-7777-7777-777777777777", "WEB_GMSA": "zz-web-gmsa", "DB_GMSA": "zz-db-gmsa",
    "EKS_CREDENTIAL_ARN": "arn:aws:secretsmanager:zz-1:777777777777:secret:zz",
    "AKS_PLUGIN_INPUT": f"ObjectId={'7' * 36};SecretUri=https://zz/secrets/zz",
}
EXPRESSIONS = {MARKS[name]: f".Values.{path}" for name, path in VALUES.items()} | {
    MARKS["NAMESPACE"]: ".Release.Namespace", MARKS["LOAD_BALANCER_SOURCES"]: '(join "," .Values.loadBalancer.sources)'}
MARK = re.compile("|".join(map(re.escape, sorted(EXPRESSIONS, key=len, reverse=True))))

# Conditions on the values, the preferred ones first.
ATOMS = {f'eq .Values.{path} "{value}"': (path, value) for path, value in [
    ("login", "gmsa"), ("login", "sql-auth"), ("os", "windows"), ("os", "linux"), ("database", "in-cluster"), ("database", "external"),
    ("directory.nodes", "eks"), ("directory.nodes", "aks")]}
ATOMS['ne .Values.directory.nodes "none"'] = ("directory.nodes", {"joined", "eks", "aks"})
ATOMS |= {f".Values.{key}.enabled": (f"{key}.enabled", True) for key in COMPONENTS.values()}
OPPOSITES = {f'eq .Values.{path} "{one}"': f'eq .Values.{path} "{other}"' for path, pair in [
    ("login", ("gmsa", "sql-auth")), ("os", ("windows", "linux")), ("database", ("in-cluster", "external"))]
    for one, other in (pair, pair[::-1])}
# Strings that no YAML reader takes for something else: YAML 1.1 has the booleans y and no.
PLAIN = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null)$)[A-Za-z/](?:[\w ./()-]*[\w./()-])?", re.I)


def at(values, path):
    for key in path.split("."):
        values = values[key]
    return values


def holds(atom, values):
    path, wanted = ATOMS[atom]
    return at(values, path) in wanted if isinstance(wanted, set) else at(values, path) == wanted


class Generator:
    """Merges the objects of all variants, given with the values of each."""

    def __init__(self, variants):
        self.values = [values for values, _ in variants]
        self.objects = [{self.key(each): each for each in objects} for _, objects in variants]

    @staticmethod
    def key(each):
        """Kind and name; the Job's name without its hash."""
        return each["kind"], re.sub(r"^(bookstore-migrate)-\w+$", r"\1", each["metadata"]["name"])

    def condition(self, wanted, among):
        """The shortest condition that holds for the variants in `wanted` and for no other in `among`."""
        true = {atom: frozenset(i for i in among if holds(atom, self.values[i])) for atom in ATOMS}
        for atom, where in true.items():
            if where == wanted:
                return atom
        for one, other in combinations(true, 2):
            for operator, where in ("and", true[one] & true[other]), ("or", true[one] | true[other]):
                if where == wanted:
                    return f"{operator} ({one}) ({other})"
        raise SystemExit(f"no condition separates {[self.values[i] for i in wanted]}")

    def templates(self):
        """File name and text of each object's template."""
        everywhere = frozenset(range(len(self.objects)))
        for kind, name in dict.fromkeys(key for objects in self.objects for key in objects):
            variants = {i: objects[kind, name] for i, objects in enumerate(self.objects) if (kind, name) in objects}
            lines = self.block(variants, everywhere, self.job(variants) if kind == "Job" else self.mapping(variants, 0))
            text = "".join(f"{line}\n" for line in joined(lines))
            yield f"{MARK.sub('', name).lstrip('.')}-{kind.lower()}.yaml", HEADER + text

    def job(self, variants):
        """A Job's name ends with a hash of its specification, since its template is immutable (k8s/base/migrate.yaml)."""
        specification = {i: each["spec"] for i, each in variants.items()}
        yield '{{- define "bookstore.migration" -}}'
        yield from self.mapping(specification, 0)
        yield "{{- end -}}"
        rest = {i: {key: value for key, value in each.items() if key != "spec"} for i, each in variants.items()}
        hashed = '{{ printf "bookstore-migrate-%s" (include "bookstore.migration" . | sha256sum | trunc 10) }}'
        for each in rest.values():
            each["metadata"]["name"] = "HASHED"
        yield from (line.replace("HASHED", hashed) for line in self.mapping(rest, 0))
        yield "spec:"
        yield '  {{- include "bookstore.migration" . | nindent 2 }}'

    def block(self, wanted, among, lines):
        """The lines, in a condition if they are not for all variants."""
        if frozenset(wanted) == frozenset(among):
            return list(lines)
        return [f"{{{{- if {self.condition(frozenset(wanted), frozenset(among))} }}}}", *lines, "{{- end }}"]

    def mapping(self, variants, indent):
        for key in union(list(each) for each in variants.values()):
            having = {i: each[key] for i, each in variants.items() if key in each}
            yield from self.block(having, variants, self.field(f"{' ' * indent}{key}:", having, indent))

    def field(self, start, variants, indent):
        """The lines of `key:` and its value."""
        values = list(variants.values())
        if all(isinstance(each, dict) and each for each in values):
            yield start
            yield from self.mapping(variants, indent + 2)
        elif all(isinstance(each, list) and each for each in values):
            yield start
            yield from self.sequence(variants, indent + 2)
        elif same(values):
            yield f"{start} {scalar(values[0])}"
        else:
            for value in distinct(values):
                having = {i: each for i, each in variants.items() if each == value}
                yield from self.block(having, variants, self.field(start, having, indent))

    def sequence(self, variants, indent):
        lists = list(variants.values())
        if len({len(each) for each in lists}) == 1 and all(same(map(identity, items)) for items in zip(*lists)):
            for index in range(len(lists[0])):
                yield from self.item({i: each[index] for i, each in variants.items()}, indent)
        else:
            for item in union(lists, json.dumps):
                having = {i: item for i, each in variants.items() if item in each}
                yield from self.block(having, variants, self.item(having, indent))

    def item(self, variants, indent):
        values = list(variants.values())
        if not isinstance(values[0], dict):
            yield f"{' ' * indent}- {scalar(values[0])}"
            return
        lines = list(self.mapping(variants, indent + 2))
        if lines[0].startswith("{{"):
            yield f"{' ' * indent}-"
            yield from lines
        else:
            yield f"{' ' * indent}- {lines[0].lstrip()}"
            yield from lines[1:]


def identity(item):
    """What makes two items of lists the same one, though other fields differ."""
    return item.get("name", sorted(item)) if isinstance(item, dict) else item


def same(values):
    first, *rest = list(values)
    return all(each == first for each in rest)


def distinct(values):
    return [each for index, each in enumerate(values) if each not in values[:index]]


def union(lists, key=lambda each: each):
    """All items of the lists in an order that each of them has."""
    found = []
    for items in lists:
        position = 0
        for item in items:
            keys = [key(each) for each in found]
            if key(item) in keys:
                position = keys.index(key(item)) + 1
            else:
                found.insert(position, item)
                position += 1
    return found


def joined(lines):
    """The lines, where neighbours with one condition share a block, and those with opposite ones are its two branches."""
    written, blocks, ended = [], [], (None, False)
    for line in lines:
        begin = re.fullmatch(r"\{\{- if (.*) }}", line)
        condition, has_else = ended
        if begin and condition == begin[1]:
            written.pop()
            blocks.append(ended)
        elif begin and OPPOSITES.get(condition) == begin[1] and not has_else:
            written[-1] = "{{- else }}"
            blocks.append((begin[1], True))
        else:
            written.append(line)
            blocks += [(begin[1], False)] if begin else []
        ended = blocks.pop() if line == "{{- end }}" and blocks else (None, False)
    return written


def scalar(value):
    """A value as YAML, with parameters as expressions of the template."""
    if not isinstance(value, str):
        return json.dumps(value)
    if not (MARK.search(value) or "{{" in value):
        return value if PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)
    if MARK.fullmatch(value):
        return f"{{{{ {EXPRESSIONS[value]} | quote }}}}"
    form = json.dumps(MARK.sub("%s", value.replace("%", "%%")), ensure_ascii=False)
    arguments = "".join(f" {EXPRESSIONS[mark]}" for mark in MARK.findall(value))
    return f"{{{{ printf {form}{arguments} | quote }}}}"


def rules():
    """Of each parameter: separator, pattern and description."""
    for line in (K8S / "parameters/rules.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            names, separator, pattern, description = line.split(" ", 3)
            yield from ((name, (separator, pattern, description)) for name in names.split(","))


def schema():
    """The values' schema: the hand-written part in values.base.schema.json, and each parameter's rule."""
    whole = json.loads((K8S / "chart/values.base.schema.json").read_text())
    for name, (separator, pattern, description) in rules():
        if name in VALUES:
            *path, last = VALUES[name].split(".")
            place = whole
            for key in path:
                place = place["properties"][key]
            one = {"type": "string", "pattern": f"^({pattern})$", "description": description}
            place["properties"][last] = one if separator == "-" else {"type": "array", "minItems": 1, "items": one}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def render(arguments):
    with tempfile.NamedTemporaryFile("w", suffix=".env") as file:
        for line in (K8S / "parameters/parameters.env").read_text().splitlines():
            name = line.split("=")[0]
            file.write(f"{name}={MARKS[name]}\n" if name in MARKS else f"{line}\n")
        file.flush()
        done = subprocess.run([K8S / "with.sh", *arguments], check=True, capture_output=True, text=True, env={**os.environ, "PARAMETERS": file.name})
    return list(yaml.safe_load_all(done.stdout))


def variants():
    """Each variant without components, and enough with components to tell them apart."""
    added = [[], *([each] for each in COMPONENTS), list(COMPONENTS)]
    for arguments, values in VARIANTS.items():
        for components in added if arguments in (("sql-auth",), ("gmsa",)) else [[]]:
            enabled = {key: {"enabled": name in components} for name, key in COMPONENTS.items()}
            yield values | enabled, render([*arguments, *components])


def main():
    chart = Path(sys.argv[1]) if len(sys.argv) > 1 else K8S / "chart"
    written = dict(Generator(list(variants())).templates())
    (chart / "templates").mkdir(parents=True, exist_ok=True)
    for file in (chart / "templates").iterdir():
        if file.name not in written and file.read_text().startswith(HEADER):
            file.unlink()
    for name, text in written.items():
        (chart / "templates" / name).write_text(text)
    (chart / "values.schema.json").write_text(schema())


if __name__ == "__main__":
    main()
