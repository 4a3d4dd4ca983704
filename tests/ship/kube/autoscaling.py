"""Autoscalers and disruption budgets. pkg/apis/autoscaling/validation, pkg/apis/policy/validation."""

from .manifests import find, name, namespace, of_kind, pods_of, repeated


def autoscaler_range(objects):
    """API server: spec.maxReplicas: must be greater than or equal to minReplicas, and at least 1"""
    return [name(each) for each in of_kind(objects, "HorizontalPodAutoscaler")
            if each["spec"]["maxReplicas"] < max(1, each["spec"].get("minReplicas", 1))]


def autoscaler_target(objects):
    """controller: FailedGetScale: the target is not found, the autoscaler does nothing"""
    return [f"{name(each)} {each['spec']['scaleTargetRef']['name']}" for each in of_kind(objects, "HorizontalPodAutoscaler")
            if not find(objects, each["spec"]["scaleTargetRef"]["kind"], each["spec"]["scaleTargetRef"]["name"], namespace(each))]


def autoscaler_against_replicas(objects):
    """controller: each apply resets replicas to the Deployment's value (Kubernetes documentation, Migrating Deployments to HPA)"""
    for each in of_kind(objects, "HorizontalPodAutoscaler"):
        target = find(objects, each["spec"]["scaleTargetRef"]["kind"], each["spec"]["scaleTargetRef"]["name"], namespace(each))
        if target and "replicas" in target["spec"]:
            yield f"{name(each)} {name(target)}"


def disruption_budget_both(objects):
    """API server: minAvailable and maxUnavailable cannot be both set, ValidatePodDisruptionBudgetSpec"""
    return [name(each) for each in of_kind(objects, "PodDisruptionBudget")
            if "minAvailable" in each["spec"] and "maxUnavailable" in each["spec"]]


def disruption_budget_without_pods(objects):
    """controller: NoPods: the budget protects nothing"""
    return [name(each) for each in of_kind(objects, "PodDisruptionBudget")
            if not pods_of(objects, namespace(each), each["spec"].get("selector", {}))]


def two_disruption_budgets(objects):
    """eviction API: the eviction of a pod with two budgets fails: This pod has more than one PodDisruptionBudget"""
    return repeated(f"{labels}" for each in of_kind(objects, "PodDisruptionBudget")
                    for labels, _ in pods_of(objects, namespace(each), each["spec"].get("selector", {})))
