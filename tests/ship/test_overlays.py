"""Overlays differ only in what their names say: compared pairwise, every path that differs must be of a kind that the pair's
differing words explain."""

import itertools
import re

import pytest
from conftest import OVERLAYS, render

# What each word in a name may change, as patterns of `Kind/name path`. Whole objects are `Kind/name`.
DATABASE = [r".*/bookstore-database( .*)?$", r"Service/containersql-bookstore-service$"]
LOGIN_KEY = [r"Deployment/bookstore-web spec/template/spec/volumes/0/secret/items/0/key$"]
JOB = r"Job/bookstore-migrate "
MAY_CHANGE = {
    "gmsa": LOGIN_KEY + [
        r"(GMSACredentialSpec|ClusterRole|RoleBinding)/bookstore-(web|database)(-credential-spec)?$",
        r"(Deployment|StatefulSet)/bookstore-(web|database) spec/template/spec/securityContext/windowsOptions/gmsaCredentialSpecName$",
        r"StatefulSet/bookstore-database spec/template/spec/containers/0/env/(AD_NETBIOS|WEB_GMSA|BOOKSTORE_GRANT)",
        JOB + r"(metadata/name|spec/template/spec/containers/0/(args|env))",
    ],
    "domainless": [r"GMSACredentialSpec/bookstore-(web|database) credspec/ActiveDirectoryConfig/HostAccountConfig"],
    # Where the database is; with a gMSA the database has one too.
    "external": LOGIN_KEY + DATABASE + [r".*/bookstore-database-credential-spec$",
                                        JOB + r"(metadata/name|spec/template/spec/volumes/0/secret/items/0/key)$"],
    # The system, and what that brings: paths, the pods' security context, the image.
    "linux": [r"(Deployment|Job|StatefulSet)/bookstore-(web|migrate|database) spec/template/spec/(os|nodeSelector|tolerations|"
              r"securityContext|volumes|containers/0/(image|env|resources|securityContext|volumeMounts|lifecycle|startupProbe))",
              r"StatefulSet/bookstore-database spec/volumeClaimTemplates/0/spec/storageClassName$"],
}
MAY_CHANGE["eks"] = MAY_CHANGE["aks"] = MAY_CHANGE["domainless"]


def words(overlay):
    """`sql-auth` is the plain one; "external-sql" is one word."""
    return set(overlay.replace("external-sql", "external").replace("sql-auth", "").split("-")) - {""}


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
    """By kind and name; the Job's name carries the login, so that both can exist."""
    return {f"{each['kind']}/{re.sub(r'^bookstore-migrate.*', 'bookstore-migrate', each['metadata']['name'])}": each
            for each in render(overlay)}


def differences(one, other):
    left, right = objects(one), objects(other)
    yield from left.keys() ^ right.keys()
    for name in left.keys() & right.keys():
        a, b = dict(flat(left[name])), dict(flat(right[name]))
        yield from (f"{name} {path}" for path in a.keys() | b.keys() if a.get(path, "absent") != b.get(path, "absent"))


@pytest.mark.parametrize("one, other", list(itertools.combinations(OVERLAYS, 2)))
def test_two_overlays_differ_only_in_what_their_names_say(one, other):
    allowed = [pattern for word in words(one) ^ words(other) for pattern in MAY_CHANGE[word]]
    found = sorted(differences(one, other))
    assert found, "two names for the same thing"
    assert [each for each in found if not any(re.match(pattern, each) for pattern in allowed)] == []
