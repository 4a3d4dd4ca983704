"""Objects that name other objects of the same apply."""

from .manifests import all_containers, find, name, namespace, of_kind, pod_templates, pods_of, port_names, selects


def missing_service_account(objects):
    """ServiceAccount admission: pods "…" is forbidden: error looking up service account: serviceaccount "…" not found"""
    return [f"{name(owner)} {spec['serviceAccountName']}" for owner, _, spec in pod_templates(objects)
            if spec.get("serviceAccountName", "default") != "default"
            and not find(objects, "ServiceAccount", spec["serviceAccountName"], namespace(owner))]


def _secret_keys(objects):
    """Owner, secret and key of every reference that is not optional."""
    for owner, _, spec in pod_templates(objects):
        for volume in spec.get("volumes", []):
            secret = volume.get("secret", {"optional": True})
            if not secret.get("optional"):
                yield from ((owner, secret["secretName"], item["key"]) for item in secret.get("items", [{"key": None}]))
        for _, _, container in all_containers([owner]):
            for variable in container.get("env", []):
                reference = variable.get("valueFrom", {}).get("secretKeyRef", {"optional": True})
                if not reference.get("optional"):
                    yield owner, reference["name"], reference["key"]


def missing_secret(objects):
    """kubelet: MountVolume.SetUp failed or CreateContainerConfigError: secret "…" not found"""
    return [f"{name(owner)} {secret}" for owner, secret, _ in _secret_keys(objects)
            if not find(objects, "Secret", secret, namespace(owner))]


def missing_secret_key(objects):
    """kubelet: references non-existent secret key"""
    for owner, secret, key in _secret_keys(objects):
        found = find(objects, "Secret", secret, namespace(owner))
        if found and key and key not in {*found.get("data", {}), *found.get("stringData", {})}:
            yield f"{name(owner)} {secret}.{key}"


def service_without_pods(objects):
    """controller: a Service whose selector finds no pod has no endpoints"""
    return [name(each) for each in of_kind(objects, "Service") if each["spec"].get("selector")
            and not pods_of(objects, namespace(each), {"matchLabels": each["spec"]["selector"]})]


def service_target_port(objects):
    """controller: an endpoint is left out if its pod has no port of the targetPort's name, FindPort"""
    for each in of_kind(objects, "Service"):
        for _, spec in pods_of(objects, namespace(each), {"matchLabels": each["spec"].get("selector") or {"": ""}}):
            yield from (f"{name(each)} {port['targetPort']}" for port in each["spec"]["ports"]
                        if isinstance(port.get("targetPort"), str) and port["targetPort"] not in port_names(spec))


def network_policy_port(objects):
    """network plug-in: a named port that the selected pods do not have lets nothing in"""
    for each in of_kind(objects, "NetworkPolicy"):
        for _, spec in pods_of(objects, namespace(each), each["spec"].get("podSelector", {})):
            yield from (f"{name(each)} {port['port']}" for rule in each["spec"].get("ingress", []) for port in rule.get("ports", [])
                        if isinstance(port.get("port"), str) and port["port"] not in port_names(spec))


def stateful_set_service(objects):
    """controller: without the governing Service the pods have no DNS names (Kubernetes documentation, StatefulSet limitations)"""
    return [f"{name(each)} {each['spec']['serviceName']}" for each in of_kind(objects, "StatefulSet") if each["spec"].get("serviceName")
            and not find(objects, "Service", each["spec"]["serviceName"], namespace(each))]


def route_backend(objects):
    """Gateway API: ResolvedRefs False, BackendNotFound: the route answers 500"""
    for route in of_kind(objects, "HTTPRoute"):
        for backend in (each for rule in route["spec"]["rules"] for each in rule.get("backendRefs", [])):
            service = find(objects, "Service", backend["name"], backend.get("namespace", namespace(route)))
            if not service or backend["port"] not in {port["port"] for port in service["spec"]["ports"]}:
                yield f"{name(route)} {backend['name']}:{backend.get('port')}"


def service_monitor_without_service(objects):
    """Prometheus operator: a ServiceMonitor that finds no Service with that port scrapes nothing"""
    for monitor in of_kind(objects, "ServiceMonitor"):
        found = [each for each in of_kind(objects, "Service") if namespace(each) == namespace(monitor)
                 and selects(monitor["spec"]["selector"], each["metadata"].get("labels", {}))]
        ports = {port.get("name") for each in found for port in each["spec"]["ports"]}
        yield from (f"{name(monitor)} {each['port']}" for each in monitor["spec"]["endpoints"] if each["port"] not in ports)
