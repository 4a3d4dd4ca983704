"""Applying one overlay over another, or another image: one command that changes no immutable field and does not restart the database."""

import itertools
import os

import pytest
import yaml
from conftest import COMPONENTS, K8S, OVERLAYS, of_kind, render, run

# Pairs of overlays between which one cluster with one database can switch: only the login differs.
PARTNERS = [("sql-auth-joined", "gmsa"), ("sql-auth-domainless-eks", "gmsa-domainless-eks"),
            ("sql-auth-domainless-aks", "gmsa-domainless-aks"), ("external-sql", "external-sql-gmsa")]
# Fields of a StatefulSet that may be updated: pkg/apis/apps/validation, ValidateStatefulSetUpdate.
MUTABLE = {"replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy",
           "minReadySeconds"}


def immutable(each):
    """The fields that the API server does not let an update change."""
    spec = each.get("spec", {})
    return {"Job": lambda: {key: spec.get(key) for key in ("template", "selector", "completions", "completionMode", "podFailurePolicy")},
            "Deployment": lambda: spec["selector"],
            "StatefulSet": lambda: {key: value for key, value in spec.items() if key not in MUTABLE},
            "Service": lambda: spec.get("clusterIP"),
            "RoleBinding": lambda: each["roleRef"]}.get(each["kind"], lambda: None)()


def refused_changes(before, after):
    """Objects of the second apply that the API server refuses after the first."""
    key = lambda each: (each["kind"], each["metadata"]["name"])
    existing = {key(each): each for each in before}
    return [key(each) for each in after if key(each) in existing and immutable(existing[key(each)]) != immutable(each)]


def with_image(overlay, image, tmp_path):
    file = tmp_path / "parameters.env"
    lines = (K8S / "parameters/parameters.env").read_text().splitlines()
    file.write_text("".join(f"{line.split('=')[0]}={image}\n" if "WEB_" in line and "IMAGE=" in line else f"{line}\n" for line in lines))
    return list(yaml.safe_load_all(run(str(K8S / "with.sh"), overlay, *COMPONENTS, env={**os.environ, "PARAMETERS": str(file)})))


def test_changed_job_of_the_same_name_is_refused():
    before, after = render("gmsa"), render("gmsa")
    [job] = of_kind(after, "Job")
    job["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example.com/other:1"
    assert refused_changes(before, after) == [("Job", job["metadata"]["name"])]


@pytest.mark.parametrize("before, after", [pair for both in PARTNERS for pair in (both, both[::-1])])
def test_switching_the_login_changes_no_immutable_field(before, after):
    assert refused_changes(render(before), render(after)) == []


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_another_image_changes_no_immutable_field(overlay, tmp_path):
    assert refused_changes(render(overlay), with_image(overlay, "registry.example.com/bookstore-web:9", tmp_path)) == []


@pytest.mark.parametrize("sql, gmsa", PARTNERS)
def test_switching_the_login_leaves_the_database_alone(sql, gmsa):
    assert of_kind(render(sql), "StatefulSet") == of_kind(render(gmsa), "StatefulSet")


def test_jobs_that_run_something_else_have_other_names(tmp_path):
    def name(objects):
        return of_kind(objects, "Job")[0]["metadata"]["name"]
    names = [name(render(overlay)) for overlay in ("sql-auth", "sql-auth-linux", "gmsa", "external-sql", "external-sql-gmsa")]
    names.append(name(with_image("gmsa", "registry.example.com/bookstore-web:9", tmp_path)))
    assert all(one != other for one, other in itertools.combinations(names, 2))
    assert name(render("gmsa")) == name(render("gmsa-domainless-eks")), "the same Job has the same name"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_finished_job_stays(overlay):
    # A GitOps controller would create it again after each TTL.
    assert all("ttlSecondsAfterFinished" not in each["spec"] for each in of_kind(render(overlay), "Job"))


def test_migration_fails_after_ten_and_a_half_minutes_of_pauses():
    # 10 s, doubled, at most 10 minutes: Kubernetes documentation, Job, Pod backoff failure policy.
    [job] = of_kind(render("gmsa"), "Job")
    pauses = [min(10 * 2**attempt, 600) for attempt in range(job["spec"]["backoffLimit"])]
    assert sum(pauses) == 10.5 * 60
