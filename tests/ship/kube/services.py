"""Services and network policies. pkg/apis/core/validation ValidateService, pkg/apis/networking/validation."""

import ipaddress

from .manifests import name, of_kind, repeated

SOURCES = "service.beta.kubernetes.io/load-balancer-source-ranges"


def _is_cidr(text):
    try:
        ipaddress.ip_network(text.strip())
    except ValueError:
        return False
    return "/" in text


def _sources(service):
    """The ranges of a load balancer: the field's, or the annotation's list."""
    annotation = service["metadata"].get("annotations", {}).get(SOURCES, "")
    return service["spec"].get("loadBalancerSourceRanges") or [each for each in annotation.split(",") if each.strip()]


def duplicate_service_port(objects):
    """API server: spec.ports: Duplicate value: protocol and port, ValidateService"""
    return [f"{name(each)} {port}" for each in of_kind(objects, "Service")
            for port in repeated(f"{port.get('protocol', 'TCP')} {port['port']}" for port in each["spec"].get("ports", []))]


def unnamed_service_port(objects):
    """API server: ports[].name: Required value, when there is more than one, ValidateService"""
    return [name(each) for each in of_kind(objects, "Service") if len(each["spec"].get("ports", [])) > 1
            and not all(port.get("name") for port in each["spec"]["ports"])]


def load_balancer_sources_without_one(objects):
    """API server: loadBalancerSourceRanges: may only be used when `type` is 'LoadBalancer', validateLoadBalancerSourceRanges"""
    return [name(each) for each in of_kind(objects, "Service") if _sources(each) and each["spec"].get("type") != "LoadBalancer"]


def load_balancer_source(objects):
    """API server: loadBalancerSourceRanges: must be a list of IP ranges, for example 10.240.0.0/24,10.250.0.0/24"""
    return [f"{name(each)} {source}" for each in of_kind(objects, "Service") for source in _sources(each) if not _is_cidr(source)]


def load_balancer_open(objects):
    """cloud controller: an empty list of sources counts as none, which admits everybody, k8s.io/cloud-provider GetLoadBalancerSourceRanges"""
    return [name(each) for each in of_kind(objects, "Service")
            if each["spec"].get("type") == "LoadBalancer" and SOURCES in each["metadata"].get("annotations", {}) and not _sources(each)]


def headless_load_balancer(objects):
    """API server: clusterIPs: may not be set to 'None' for LoadBalancer services, ValidateService"""
    return [name(each) for each in of_kind(objects, "Service")
            if each["spec"].get("type", "ClusterIP") != "ClusterIP" and each["spec"].get("clusterIP") == "None"]


def external_traffic_policy(objects):
    """API server: externalTrafficPolicy: may only be set for externally-accessible services, validateServiceExternalTrafficPolicy"""
    return [name(each) for each in of_kind(objects, "Service")
            if "externalTrafficPolicy" in each["spec"] and each["spec"].get("type", "ClusterIP") == "ClusterIP"]


def _peers(objects):
    for policy in of_kind(objects, "NetworkPolicy"):
        for rule in policy["spec"].get("ingress", []) + policy["spec"].get("egress", []):
            yield from ((name(policy), peer) for peer in rule.get("from", []) + rule.get("to", []))


def ip_block(objects):
    """API server: ipBlock.cidr: must be a valid CIDR value, ValidateIPBlock"""
    return [f"{where} {peer['ipBlock']['cidr']}" for where, peer in _peers(objects)
            if "ipBlock" in peer and not _is_cidr(peer["ipBlock"]["cidr"])]


def ip_block_with_selector(objects):
    """API server: may not specify both ipBlock and another peer, ValidateNetworkPolicyPeer"""
    return [where for where, peer in _peers(objects) if "ipBlock" in peer and len(peer) > 1]
