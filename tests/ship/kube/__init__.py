"""Checks manifests as kubectl, the API server, PodSecurity, the gMSA webhook and the kubelet would, without a cluster.

Each rule is a function in one of the modules below. Its name is the rule's name, its docstring names who refuses the object and where
that is written down.
"""

from . import autoscaling, containers, objects, pods, rbac, references, schema, security, services, windows, workloads
from .manifests import DuplicateKey, load

MODULES = [schema, objects, pods, containers, windows, workloads, autoscaling, services, references, rbac, security]
RULES = {name.replace("_", "-"): check for module in MODULES for name, check in vars(module).items()
         if callable(check) and getattr(check, "__module__", None) == module.__name__ and not name.startswith("_")}


def problems(objects):
    """What is wrong with the objects of one apply: a list of (rule, message)."""
    invalid = [(name, message) for name, check in RULES.items() if check.__module__ == schema.__name__ for message in check(objects)]
    # The other rules rely on the fields' types.
    return invalid or [(name, message) for name, check in RULES.items() for message in check(objects)]


def problems_of_text(text):
    """The same for YAML text, which kubectl may already refuse."""
    try:
        return problems(load(text))
    except DuplicateKey as refused:
        return [("duplicate-key", str(refused))]
