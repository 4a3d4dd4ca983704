"""One container: environment, ports, probes, resources. pkg/apis/core/validation unless a rule says otherwise."""

import re
from decimal import Decimal

from .manifests import all_containers, name, of_kind, repeated
from .objects import LABEL

_PROBES = ["startupProbe", "readinessProbe", "livenessProbe"]
_HANDLERS = {"exec", "httpGet", "tcpSocket", "grpc"}
_UNITS = {"": 1, "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12,
          "P": 10**15, "E": 10**18, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50, "Ei": 2**60}


def _quantity(text):
    """A resource quantity as a number, or None (apimachinery/pkg/api/resource)."""
    found = re.fullmatch(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?", str(text))
    return Decimal(found[1]) * _UNITS[found[2] or ""] * Decimal(10) ** int(found[3] or 0) if found else None


def _probes(objects):
    for where, _, container in all_containers(objects):
        yield from ((f"{where} {each}", container, container[each]) for each in _PROBES if each in container)


def container_name(objects):
    """API server: containers[].name: Invalid value: a lowercase RFC 1123 label"""
    return [f"{where} {container['name']}" for where, _, container in all_containers(objects)
            if not re.fullmatch(LABEL, container["name"])]


def missing_image(objects):
    """API server: containers[].image: Required value"""
    return [where for where, _, container in all_containers(objects) if not container.get("image")]


def duplicate_env_name(objects):
    """API server: server-side apply refuses duplicate entries of env by name; an update takes the last one with a warning"""
    return [f"{where} {each}" for where, _, container in all_containers(objects)
            for each in repeated(variable["name"] for variable in container.get("env", []))]


def env_name(objects):
    """API server: env[].name: Invalid value, IsRelaxedEnvVarName: printable ASCII without ="""
    return [f"{where} {variable['name']!r}" for where, _, container in all_containers(objects)
            for variable in container.get("env", []) if not re.fullmatch(r"[ -<>-~]+", variable["name"])]


def env_value_twice(objects):
    """API server: env[].valueFrom: may not be specified when `value` is not empty, validateEnvVarValueFrom"""
    return [f"{where} {variable['name']}" for where, _, container in all_containers(objects)
            for variable in container.get("env", []) if variable.get("value") and variable.get("valueFrom")]


def port_name(objects):
    """API server: ports[].name: Invalid value, IsValidPortName: at most 15 of [a-z0-9-], at least one letter"""
    return [f"{where} {port['name']}" for where, _, container in all_containers(objects) for port in container.get("ports", [])
            if "name" in port and not re.fullmatch(r"(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?", port["name"])]


def duplicate_port_name(objects):
    """API server: ports[].name: Duplicate value, validateContainerPorts"""
    return [f"{where} {each}" for where, _, container in all_containers(objects)
            for each in repeated(port["name"] for port in container.get("ports", []) if "name" in port)]


def container_port(objects):
    """API server: containerPort: Invalid value: must be between 1 and 65535"""
    return [f"{where} {port['containerPort']}" for where, _, container in all_containers(objects)
            for port in container.get("ports", []) if not 1 <= port["containerPort"] <= 65535]


def probe_handler(objects):
    """API server: must specify a handler type, or: may not specify more than 1 handler type, validateHandler"""
    return [where for where, _, probe in _probes(objects) if len(_HANDLERS & {key for key, value in probe.items() if value}) != 1]


def probe_success_threshold(objects):
    """API server: successThreshold: must be 1 for liveness and startup probes, validateLivenessProbe"""
    return [where for where, _, probe in _probes(objects)
            if not where.endswith("readinessProbe") and probe.get("successThreshold", 1) != 1]


def probe_port_name(objects):
    """kubelet: couldn't find port: the probe fails for ever, probe.ResolveContainerPort"""
    for where, container, probe in _probes(objects):
        port = (probe.get("httpGet") or probe.get("tcpSocket") or {}).get("port")
        if isinstance(port, str) and port not in {each.get("name") for each in container.get("ports", [])}:
            yield f"{where} {port}"


def quantity(objects):
    """API server: quantities must match the regular expression, apimachinery/pkg/api/resource"""
    resources = [(where, container.get("resources", {})) for where, _, container in all_containers(objects)]
    resources += [(name(each), claim["spec"]["resources"]) for each in of_kind(objects, "StatefulSet")
                  for claim in each["spec"].get("volumeClaimTemplates", [])]
    return [f"{where} {kind}.{key}: {value}" for where, each in resources for kind, values in each.items() if kind != "claims"
            for key, value in values.items() if _quantity(value) is None]


def limit_below_request(objects):
    """API server: requests: must be less than or equal to limit, ValidateContainerResourceRequirements"""
    for where, _, container in all_containers(objects):
        resources = container.get("resources", {})
        for key, limit in resources.get("limits", {}).items():
            request = resources.get("requests", {}).get(key, "0")
            if (_quantity(limit) or 0) < (_quantity(request) or 0):
                yield f"{where} {key}: {request} > {limit}"
