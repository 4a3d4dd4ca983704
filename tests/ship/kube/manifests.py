"""Reads manifests and walks through them."""

import yaml


class DuplicateKey(Exception):
    """A mapping has a key twice."""


class _Loader(yaml.SafeLoader):
    """YAML as kubectl reads it: a duplicate key is an error."""


def _mapping(loader, node):
    keys = [key.value for key, _ in node.value]
    for key in keys:
        if keys.count(key) > 1:
            raise DuplicateKey(f"line {node.start_mark.line + 1}: key {key!r} is already set")
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def load(text):
    return [each for each in yaml.load_all(text, _Loader) if each]


def of_kind(objects, *kinds):
    return [each for each in objects if each["kind"] in kinds]


def name(each):
    return f"{each['kind']}/{each['metadata'].get('name', '')}"


def namespace(each):
    return each["metadata"].get("namespace", "default")


def find(objects, kind, wanted, where=None):
    """The object of this kind and name, in the namespace if one is given; None if there is none."""
    return next((each for each in of_kind(objects, kind) if each["metadata"].get("name") == wanted
                 and (where is None or namespace(each) == where)), None)


def pod_templates(objects):
    """Owner, metadata and spec of every pod that the objects describe."""
    for each in objects:
        spec = each.get("spec", {})
        if each["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if each["kind"] == "Pod":
            yield each, each["metadata"], spec
        elif each["kind"] in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"):
            yield each, spec["template"].get("metadata", {}), spec["template"]["spec"]


def containers(spec):
    """Path and container, of init containers too."""
    for field in "initContainers", "containers":
        for index, each in enumerate(spec.get(field) or []):
            yield f"{field}[{index}]", each


def all_containers(objects):
    """Where, pod spec and container of every container."""
    for owner, _, spec in pod_templates(objects):
        for path, each in containers(spec):
            yield f"{name(owner)} {path}", spec, each


def repeated(values):
    values = list(values)
    return sorted({str(each) for each in values if values.count(each) > 1})


def selects(selector, labels):
    """Whether a label selector selects these labels."""
    def matches(rule):
        found, values = labels.get(rule["key"]), rule.get("values", [])
        return {"In": found in values, "NotIn": found not in values, "Exists": rule["key"] in labels,
                "DoesNotExist": rule["key"] not in labels}[rule["operator"]]
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items()) and all(
        map(matches, selector.get("matchExpressions", [])))


def pods_of(objects, where, selector):
    """Labels and spec of the pods in a namespace that a selector finds."""
    return [(metadata.get("labels", {}), spec) for owner, metadata, spec in pod_templates(objects)
            if namespace(owner) == where and selects(selector, metadata.get("labels", {}))]


def port_names(spec):
    return {port["name"] for _, each in containers(spec) for port in each.get("ports", []) if "name" in port}
