"""Schemas by kind: Kubernetes' own, strict as kubectl's validation, and one file per third-party kind."""

import functools
import json
import re
from pathlib import Path

import jsonschema
import referencing
from kubernetes_validate.utils import schema_contents

NEWEST = "1.37"
_THIRD_PARTIES = {"GMSACredentialSpec": "credential-spec", "HTTPRoute": "http-route", "PrometheusRule": "prometheus-rule",
                  "ServiceMonitor": "service-monitor"}
NO_SUCH_KIND = object()


@functools.cache
def _validator(kind, api_version, version):
    """The schema of a kind, or None. kubernetes-validate carries Kubernetes' schemas, but reads all of them again for each object."""
    if kind in _THIRD_PARTIES:
        text = (Path(__file__).parents[1] / f"{_THIRD_PARTIES[kind]}.schema.json").read_text()
        return jsonschema.Draft202012Validator(json.loads(text))
    directory = f"kubernetes-json-schema/v{version}.0-local-strict"
    # rbac.authorization.k8s.io/v1 -> rbac-v1
    group = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", api_version)
    try:
        schema = schema_contents(f"{directory}/{kind.lower()}-{group}.json", version)
    except FileNotFoundError:
        return None
    resources = [referencing.Resource.from_contents(each) for each in (schema, schema_contents(f"{directory}/_definitions.json", version))]
    return jsonschema.Draft202012Validator(schema, registry=resources @ referencing.Registry())


@functools.cache
def _first_error(text, version):
    each = json.loads(text)
    validator = _validator(each.get("kind", ""), each.get("apiVersion", ""), version)
    return jsonschema.exceptions.best_match(validator.iter_errors(each)) if validator else NO_SUCH_KIND


def error(each, version=NEWEST):
    """What the schema of a version of Kubernetes objects to, NO_SUCH_KIND, or None."""
    return _first_error(json.dumps(each, default=str), version)
