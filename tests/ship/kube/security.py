"""PodSecurity: what a namespace's label `enforce` refuses. https://kubernetes.io/docs/concepts/security/pod-security-standards/"""

from .manifests import containers, name, namespace, of_kind, pod_templates

_BASELINE_CAPABILITIES = {"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
                          "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"}
_RESTRICTED_VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}


def _enforced(objects, *levels):
    """Pods in namespaces of these levels."""
    level = {each["metadata"]["name"]: each["metadata"].get("labels", {}).get("pod-security.kubernetes.io/enforce")
             for each in of_kind(objects, "Namespace")}
    return [(name(owner), spec) for owner, _, spec in pod_templates(objects) if level.get(namespace(owner)) in levels]


def _contexts(spec):
    """Each container's security context, with what it takes from the pod's."""
    pod = spec.get("securityContext") or {}
    return [(path, {**pod, **(each.get("securityContext") or {})}) for path, each in containers(spec)]


def pod_security_baseline(objects):
    """PodSecurity: violates PodSecurity "baseline:latest" """
    for where, spec in _enforced(objects, "baseline", "restricted"):
        yield from (f"{where} {field}" for field in ("hostNetwork", "hostPID", "hostIPC") if spec.get(field))
        yield from (f"{where} volume {volume['name']}: hostPath" for volume in spec.get("volumes", []) if "hostPath" in volume)
        for path, context in _contexts(spec):
            if context.get("privileged"):
                yield f"{where} {path} privileged"
            if (context.get("windowsOptions") or {}).get("hostProcess"):
                yield f"{where} {path} hostProcess"
            yield from (f"{where} {path} capability {each}" for each in (context.get("capabilities") or {}).get("add", [])
                        if each not in _BASELINE_CAPABILITIES)
            if (context.get("seccompProfile") or {}).get("type") == "Unconfined":
                yield f"{where} {path} seccompProfile"
            if context.get("procMount", "Default") != "Default":
                yield f"{where} {path} procMount"
        yield from (f"{where} hostPort" for _, each in containers(spec) for port in each.get("ports", []) if port.get("hostPort"))


def pod_security_restricted(objects):
    """PodSecurity: violates PodSecurity "restricted:latest"; Linux-only controls do not apply to a pod with os.name windows"""
    for where, spec in _enforced(objects, "restricted"):
        yield from (f"{where} volume {volume['name']}" for volume in spec.get("volumes", [])
                    if not _RESTRICTED_VOLUMES & volume.keys())
        for path, context in _contexts(spec):
            if context.get("runAsNonRoot") is not True or context.get("runAsUser") == 0:
                yield f"{where} {path} runAsNonRoot"
            if spec.get("os", {}).get("name") == "windows":
                continue
            capabilities = context.get("capabilities") or {}
            if "ALL" not in capabilities.get("drop", []) or set(capabilities.get("add", [])) - {"NET_BIND_SERVICE"}:
                yield f"{where} {path} capabilities"
            if context.get("allowPrivilegeEscalation") is not False:
                yield f"{where} {path} allowPrivilegeEscalation"
            if (context.get("seccompProfile") or {}).get("type") not in ("RuntimeDefault", "Localhost"):
                yield f"{where} {path} seccompProfile"
