"""Overlays differ only as their features explain: compared pairwise, every differing path must match a pattern of a feature of
one of them, and not of the other, may change."""

import itertools
import re

import pytest
from conftest import OVERLAYS, render

DATABASE = [r".*/bookstore-database( .*)?$", r"Service/containersql-bookstore-service$"]
LOGIN_KEY = [r"Deployment/bookstore-web spec/template/spec/volumes/0/secret/items/0/key$"]
JOB = r"Job/bookstore-migrate "
# What each feature may change, as patterns of `Kind/name path`. Whole objects are `Kind/name`.
MAY_CHANGE = {
    # The shop's login.
    "gmsa": LOGIN_KEY + [
        r"(GMSACredentialSpec|ClusterRole|RoleBinding)/bookstore.bookstore-web(-credential-spec)?$",
        r"Deployment/bookstore-web spec/template/spec/securityContext/windowsOptions/gmsaCredentialSpecName$",
        JOB + r"(metadata/name|spec/template/spec/containers/0/(args|env))",
    ],
    # The database has a gMSA of its own.
    "domain": [
        r"(GMSACredentialSpec|ClusterRole|RoleBinding)/bookstore.bookstore-database(-credential-spec)?$",
        r"StatefulSet/bookstore-database spec/template/spec/securityContext/windowsOptions/gmsaCredentialSpecName$",
        r"StatefulSet/bookstore-database spec/template/spec/containers/0/env/(AD_NETBIOS|WEB_GMSA|BOOKSTORE_GRANT)",
    ],
    "plugin-eks": [r"GMSACredentialSpec/bookstore.bookstore-(web|database) credspec/ActiveDirectoryConfig/HostAccountConfig"],
    "external": LOGIN_KEY + DATABASE + [JOB + r"(metadata/name|spec/template/spec/volumes/0/secret/items/0/key)$"],
    # The system, and what that brings: paths, the pods' security context, the image.
    "linux": [r"(Deployment|Job|StatefulSet)/bookstore-(web|migrate|database) (metadata/name|spec/template/spec/(os|nodeSelector|"
              r"tolerations|securityContext|volumes|containers/0/(image|env|resources|securityContext|volumeMounts|lifecycle|startupProbe)))",
              r"StatefulSet/bookstore-database spec/volumeClaimTemplates/0/spec/storageClassName$"],
}
MAY_CHANGE["plugin-aks"] = MAY_CHANGE["plugin-eks"]
FEATURES = {
    "sql-auth": set(), "sql-auth-linux": {"linux"}, "sql-auth-joined": {"domain"}, "gmsa": {"domain", "gmsa"},
    "sql-auth-domainless-eks": {"domain", "plugin-eks"}, "gmsa-domainless-eks": {"domain", "plugin-eks", "gmsa"},
    "sql-auth-domainless-aks": {"domain", "plugin-aks"}, "gmsa-domainless-aks": {"domain", "plugin-aks", "gmsa"},
    "external-sql": {"external"}, "external-sql-gmsa": {"external", "gmsa"},
}


def test_every_overlay_has_its_features_written_down():
    assert sorted(FEATURES) == OVERLAYS


def flat(value, path=()):
    """Leaves by path. A list of things with names goes by name, so that an addition does not shift the rest."""
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from flat(each, (*path, key))
    elif isinstance(value, list) and value:
        for index, each in enumerate(value):
            by_name = isinstance(each, dict) and "value" in each and "name" in each
            yield from flat(each, (*path, each["name"] if by_name else str(index)))
    else:
        yield "/".join(path), value


def objects(overlay):
    """By kind and name; the Job's name ends with a hash of what it runs."""
    return {f"{each['kind']}/{re.sub(r'^bookstore-migrate.*', 'bookstore-migrate', each['metadata']['name'])}": each
            for each in render(overlay)}


def differences(one, other):
    left, right = objects(one), objects(other)
    yield from left.keys() ^ right.keys()
    for name in left.keys() & right.keys():
        a, b = dict(flat(left[name])), dict(flat(right[name]))
        yield from (f"{name} {path}" for path in a.keys() | b.keys() if a.get(path, "absent") != b.get(path, "absent"))


@pytest.mark.parametrize("one, other", list(itertools.combinations(OVERLAYS, 2)))
def test_two_overlays_differ_only_by_their_features(one, other):
    allowed = [pattern for feature in FEATURES[one] ^ FEATURES[other] for pattern in MAY_CHANGE[feature]]
    found = sorted(differences(one, other))
    assert found, "two names for the same thing"
    assert [each for each in found if not any(re.match(pattern, each) for pattern in allowed)] == []
