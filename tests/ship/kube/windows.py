"""Fields that only a Windows or only a Linux pod may have: validateWindows and validateLinux in pkg/apis/core/validation."""

import re

from .manifests import all_containers, containers, name, pod_templates
from .objects import SUBDOMAIN

POD_FIELDS = ["hostPID", "hostIPC", "hostUsers", "shareProcessNamespace"]
POD_CONTEXT_FIELDS = ["appArmorProfile", "seLinuxOptions", "seccompProfile", "fsGroup", "fsGroupChangePolicy", "seLinuxChangePolicy",
                      "sysctls", "runAsUser", "runAsGroup", "supplementalGroups", "supplementalGroupsPolicy"]
CONTAINER_FIELDS = ["appArmorProfile", "seLinuxOptions", "seccompProfile", "capabilities", "readOnlyRootFilesystem", "privileged",
                    "allowPrivilegeEscalation", "procMount", "runAsUser", "runAsGroup"]
# Fields that the API server holds as a value and not as a pointer, so that false equals absent.
_ZERO_IS_ABSENT = {"hostPID", "hostIPC"}


def _system(spec):
    return spec.get("os", {}).get("name")


def _contexts(owner, spec):
    """Where and which security context: the pod's and each container's."""
    yield name(owner), spec.get("securityContext") or {}
    for path, each in containers(spec):
        yield f"{name(owner)} {path}", each.get("securityContext") or {}


def windows_pod_field(objects):
    """API server: spec: Forbidden: cannot be set for a windows pod, whatever the value"""
    for owner, _, spec in pod_templates(objects):
        if _system(spec) == "windows":
            yield from (f"{name(owner)} {field}" for field in POD_FIELDS
                        if field in spec and (spec[field] or field not in _ZERO_IS_ABSENT))
            yield from (f"{name(owner)} securityContext.{field}" for field in POD_CONTEXT_FIELDS
                        if field in (spec.get("securityContext") or {}))


def windows_container_field(objects):
    """API server: securityContext: Forbidden: cannot be set for a windows pod, whatever the value"""
    return [f"{where} securityContext.{field}" for where, spec, each in all_containers(objects) if _system(spec) == "windows"
            for field in CONTAINER_FIELDS if field in (each.get("securityContext") or {})]


def windows_options_on_linux(objects):
    """API server: windowsOptions: Forbidden: windows options cannot be set for a linux pod"""
    return [where for owner, _, spec in pod_templates(objects) if _system(spec) == "linux"
            for where, context in _contexts(owner, spec) if "windowsOptions" in context]


def _options(objects):
    for owner, _, spec in pod_templates(objects):
        for where, context in _contexts(owner, spec):
            yield where, context.get("windowsOptions") or {}


def run_as_user_name(objects):
    """API server: windowsOptions.runAsUserName: Invalid value, validateWindowsSecurityContextOptions: [DOMAIN\\]USER"""
    for where, options in _options(objects):
        user = options.get("runAsUserName")
        if user is not None:
            domain, _, account = user.rpartition("\\")
            if (not account or len(account) > 104 or len(domain) > 256 or re.search(r'["/\\:;|=,+*?<>@\[\]\x00-\x1f\x7f]', account)
                    or "\\" in domain or not re.fullmatch(r"[. ]*[^. ].*", account)):
                yield f"{where} {user!r}"


def gmsa_credential_spec_name(objects):
    """API server: windowsOptions.gmsaCredentialSpecName: Invalid value: a lowercase RFC 1123 subdomain"""
    return [f"{where} {options['gmsaCredentialSpecName']}" for where, options in _options(objects)
            if not re.fullmatch(SUBDOMAIN, options.get("gmsaCredentialSpecName", "x"))]


def host_process_without_host_network(objects):
    """API server: hostNetwork must be true if pod contains any hostProcess containers, validateHostProcess"""
    return [name(owner) for owner, _, spec in pod_templates(objects) if not spec.get("hostNetwork")
            and any((context.get("windowsOptions") or {}).get("hostProcess") for _, context in _contexts(owner, spec))]


def host_process_mixed(objects):
    """API server: if hostProcess is true for any container, it has to be for all, validateHostProcess"""
    for owner, _, spec in pod_templates(objects):
        (_, pod), *each = _contexts(owner, spec)
        default = (pod.get("windowsOptions") or {}).get("hostProcess", False)
        if len({(context.get("windowsOptions") or {}).get("hostProcess", default) for _, context in each}) > 1:
            yield name(owner)


def node_of_another_system(objects):
    """kubelet: PodOSNotSupported: the pod's node selector sends it to nodes of another system"""
    return [name(owner) for owner, _, spec in pod_templates(objects)
            if _system(spec) and spec.get("nodeSelector", {}).get("kubernetes.io/os", _system(spec)) != _system(spec)]
