"""Metadata that every object has."""

import re

from .manifests import name, namespace, repeated

SUBDOMAIN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
# Kinds whose names are labels (Service: RFC 1035, beginning with a letter) or path segments, instead of subdomains.
_SPECIAL = {"Namespace": LABEL, "Service": r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", "StatefulSet": LABEL,
            **dict.fromkeys(["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"], r"(?!\.\.?$)[^/%]+")}


def object_name(objects):
    """API server: metadata.name: Invalid value, apimachinery/pkg/util/validation"""
    return [f"{name(each)} is not a valid name" for each in objects
            if len(each["metadata"].get("name", "")) > 253
            or not re.fullmatch(_SPECIAL.get(each["kind"], SUBDOMAIN), each["metadata"].get("name", ""))]


def duplicate_object(objects):
    """kubectl: the later one silently wins; kustomize: may not add resource with an already registered id"""
    return [f"{each} is there twice" for each in repeated(
        f"{each['apiVersion']} {name(each)} in {namespace(each)}" for each in objects)]


def label_value(objects):
    """API server: metadata.labels: Invalid value, IsValidLabelValue: at most 63 of [A-Za-z0-9_.-]"""
    return [f"{name(each)} label {key}: {value}" for each in objects for key, value in each["metadata"].get("labels", {}).items()
            if not re.fullmatch(r"(([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])?", value)]


def label_key(objects):
    """API server: metadata.labels: Invalid value, IsQualifiedName: prefix/name, the name at most 63 characters"""
    return [f"{name(each)} label {key}" for each in objects for key in each["metadata"].get("labels", {})
            if not re.fullmatch(rf"({SUBDOMAIN}/)?([A-Za-z0-9][-A-Za-z0-9_.]{{0,61}})?[A-Za-z0-9]", key)]
