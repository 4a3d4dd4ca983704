"""Role bindings, and the right to use a credential spec. pkg/apis/rbac/validation; the gMSA webhook's webhook.go."""

import re

from .manifests import containers, find, name, namespace, of_kind, pod_templates
from .objects import SUBDOMAIN

_GROUP = "rbac.authorization.k8s.io"
_BINDINGS = ["RoleBinding", "ClusterRoleBinding"]


def role_ref(objects):
    """API server: roleRef.apiGroup, roleRef.kind: Unsupported value, ValidateRoleBinding"""
    return [f"{name(each)} {each['roleRef']}" for each in of_kind(objects, *_BINDINGS)
            if each["roleRef"].get("apiGroup", _GROUP) != _GROUP or each["roleRef"]["kind"] not in ("Role", "ClusterRole")]


def binding_subject(objects):
    """API server: subjects[]: apiGroup of a ServiceAccount must be empty, of a User or Group rbac.authorization.k8s.io"""
    for each in of_kind(objects, *_BINDINGS):
        for subject in each.get("subjects", []):
            expected = "" if subject["kind"] == "ServiceAccount" else _GROUP
            if subject.get("apiGroup", expected) != expected:
                yield f"{name(each)} {subject['kind']} {subject['name']}"


def cluster_binding_subject(objects):
    """API server: subjects[].namespace: Required value: a ServiceAccount in a ClusterRoleBinding"""
    return [f"{name(each)} {subject['name']}" for each in of_kind(objects, "ClusterRoleBinding")
            for subject in each.get("subjects", []) if subject["kind"] == "ServiceAccount" and not subject.get("namespace")]


def binding_without_role(objects):
    """RBAC: the binding is accepted and grants nothing until the role exists"""
    return [f"{name(each)} {each['roleRef']['name']}" for each in of_kind(objects, *_BINDINGS) if not find(
        objects, each["roleRef"]["kind"], each["roleRef"]["name"], namespace(each) if each["roleRef"]["kind"] == "Role" else None)]


def _windows_options(spec):
    for each in [spec, *(container for _, container in containers(spec))]:
        yield (each.get("securityContext") or {}).get("windowsOptions") or {}


def _spec_names(spec):
    for options in _windows_options(spec):
        wanted = options.get("gmsaCredentialSpecName")
        # Another rule reports a name that cannot exist.
        if wanted and re.fullmatch(SUBDOMAIN, wanted):
            yield wanted


def inline_credential_spec(objects):
    """gMSA webhook: the contents do not match the object's, or define no name: only the webhook writes gmsaCredentialSpec"""
    return [name(owner) for owner, _, spec in pod_templates(objects)
            if any("gmsaCredentialSpec" in options for options in _windows_options(spec))]


def missing_credential_spec(objects):
    """gMSA webhook: cred spec … does not exist"""
    return [f"{name(owner)} {wanted}" for owner, _, spec in pod_templates(objects) for wanted in _spec_names(spec)
            if not find(objects, "GMSACredentialSpec", wanted)]


def _covers(values, wanted):
    return "*" in values or wanted in values


def _allows(rule, wanted):
    return (_covers(rule.get("apiGroups", []), "windows.k8s.io") and _covers(rule.get("resources", []), "gmsacredentialspecs")
            and _covers(rule.get("verbs", []), "use") and (not rule.get("resourceNames") or wanted in rule["resourceNames"]))


def credential_spec_not_allowed(objects):
    """gMSA webhook: service account … is not authorized to `use` gMSA cred spec …"""
    for owner, _, spec in pod_templates(objects):
        account, where = spec.get("serviceAccountName", "default"), namespace(owner)
        bindings = [each for each in of_kind(objects, *_BINDINGS)
                    if (each["kind"] == "ClusterRoleBinding" or namespace(each) == where) and any(
                        subject["kind"] == "ServiceAccount" and subject["name"] == account
                        and (subject.get("namespace") or namespace(each)) == where for subject in each.get("subjects", []))]
        roles = [find(objects, each["roleRef"]["kind"], each["roleRef"]["name"],
                      where if each["roleRef"]["kind"] == "Role" else None) for each in bindings]
        rules = [rule for role in roles if role for rule in role.get("rules") or []]
        yield from (f"{name(owner)} {account} {wanted}" for wanted in _spec_names(spec) if not any(_allows(rule, wanted) for rule in rules))
