"""The pod: volumes, restart policy, grace period, spread. pkg/apis/core/validation unless a rule says otherwise."""

from .manifests import all_containers, containers, name, pod_templates, repeated


def duplicate_container_name(objects):
    """API server: containers[].name: Duplicate value, ValidatePodSpec"""
    return [f"{name(owner)} {each}" for owner, _, spec in pod_templates(objects)
            for each in repeated(container["name"] for _, container in containers(spec))]


def duplicate_volume_name(objects):
    """API server: volumes[].name: Duplicate value, ValidateVolumes"""
    return [f"{name(owner)} {each}" for owner, _, spec in pod_templates(objects)
            for each in repeated(volume["name"] for volume in spec.get("volumes", []))]


def volume_without_one_source(objects):
    """API server: must specify a volume type, or: may not specify more than 1 volume type, validateVolumeSource"""
    return [f"{name(owner)} {volume['name']}: {sorted(volume.keys() - {'name'})}" for owner, _, spec in pod_templates(objects)
            for volume in spec.get("volumes", []) if len(volume) > 2]


def mount_without_volume(objects):
    """API server: volumeMounts[].name: Not found, ValidateVolumeMounts"""
    for owner, _, spec in pod_templates(objects):
        volumes = {each["name"] for each in spec.get("volumes", [])}
        volumes |= {each["metadata"]["name"] for each in owner.get("spec", {}).get("volumeClaimTemplates", [])}
        for path, container in containers(spec):
            yield from (f"{name(owner)} {path} {mount['name']}" for mount in container.get("volumeMounts", [])
                        if mount["name"] not in volumes)


def duplicate_mount_path(objects):
    """API server: volumeMounts[].mountPath: Invalid value: must be unique, ValidateVolumeMounts"""
    return [f"{where} {each}" for where, _, container in all_containers(objects)
            for each in repeated(mount["mountPath"] for mount in container.get("volumeMounts", []))]


def secret_item_path(objects):
    """API server: items[].path: must be a relative path, must not contain '..', validateKeyToPath"""
    return [f"{name(owner)} {item['path']}" for owner, _, spec in pod_templates(objects) for volume in spec.get("volumes", [])
            for item in volume.get("secret", {}).get("items", []) if item["path"].startswith("/") or ".." in item["path"].split("/")]


def restart_policy(objects):
    """API server: restartPolicy: Unsupported value: a Job's is OnFailure or Never, another workload's Always, ValidateJobTemplateSpec"""
    for owner, _, spec in pod_templates(objects):
        if owner["kind"] != "Pod":
            allowed = ("OnFailure", "Never") if owner["kind"] in ("Job", "CronJob") else ("Always",)
            if spec.get("restartPolicy", "Always") not in allowed:
                yield f"{name(owner)} {spec.get('restartPolicy', 'Always')}"


def pre_stop_longer_than_grace(objects):
    """API server: preStop.sleep.seconds: must be less than terminationGracePeriodSeconds, validateSleepAction"""
    return [where for where, spec, container in all_containers(objects)
            if container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
            > spec.get("terminationGracePeriodSeconds", 30)]


def duplicate_topology_spread(objects):
    """API server: topologySpreadConstraints: Duplicate value, validateTopologySpreadConstraints: topologyKey and whenUnsatisfiable"""
    return [f"{name(owner)} {each}" for owner, _, spec in pod_templates(objects) for each in repeated(
        f"{each['topologyKey']} {each['whenUnsatisfiable']}" for each in spec.get("topologySpreadConstraints", []))]


def toleration_value(objects):
    """API server: tolerations[].operator: value must be empty when operator is Exists, ValidateTolerations"""
    return [f"{name(owner)} {each.get('key')}" for owner, _, spec in pod_templates(objects)
            for each in spec.get("tolerations", []) if each.get("operator") == "Exists" and each.get("value")]


def root_as_non_root(objects):
    """kubelet: container's runAsUser breaks non-root policy, verifyRunAsNonRoot"""
    for where, spec, container in all_containers(objects):
        context = {**(spec.get("securityContext") or {}), **(container.get("securityContext") or {})}
        if context.get("runAsNonRoot") and context.get("runAsUser") == 0:
            yield where
