"""Deployments, StatefulSets and Jobs: selectors and strategies. pkg/apis/apps/validation, pkg/apis/batch/validation."""

from .manifests import name, of_kind, selects

_SELECTING = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"]


def selector_mismatch(objects):
    """API server: spec.template.metadata.labels: selector does not match template labels"""
    return [name(each) for each in of_kind(objects, *_SELECTING)
            if not selects(each["spec"]["selector"], each["spec"]["template"].get("metadata", {}).get("labels", {}))]


def empty_selector(objects):
    """API server: spec.selector: empty selector is invalid for deployment, statefulset, daemonset"""
    return [name(each) for each in of_kind(objects, *_SELECTING) if not any(each["spec"]["selector"].values())]


def no_progress(objects):
    """API server: maxUnavailable: may not be 0 when maxSurge is 0, ValidateRollingUpdateDeployment"""
    for each in of_kind(objects, "Deployment"):
        update = each["spec"].get("strategy", {}).get("rollingUpdate", {})
        if str(update.get("maxSurge", "25%")).rstrip("%") == str(update.get("maxUnavailable", "25%")).rstrip("%") == "0":
            yield name(each)


def recreate_with_rolling_update(objects):
    """API server: rollingUpdate: may not be specified when strategy type is Recreate, ValidateDeploymentStrategy"""
    return [name(each) for each in of_kind(objects, "Deployment")
            if each["spec"].get("strategy", {}).get("type") == "Recreate" and "rollingUpdate" in each["spec"]["strategy"]]


def job_selector(objects):
    """API server: spec.selector: a Job's selector is generated unless manualSelector is true, ValidateJobSpec"""
    return [name(each) for each in of_kind(objects, "Job") if "selector" in each["spec"] and not each["spec"].get("manualSelector")]
