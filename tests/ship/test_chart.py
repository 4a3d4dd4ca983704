"""The Helm chart, rendered by Helm itself: the same objects as the overlays', values that cannot work are refused, and the committed
templates are what generate-chart.py writes."""

import base64
import importlib.util
import os
import re
import subprocess
import sys

import pytest
import yaml
from conftest import COMPONENTS, K8S, OVERLAYS, on_a_cluster, parameters, run
from helm_python.chart import Chart, lint, package
from helm_python.errors import HelmError
from test_scripts import BAD_PARAMETERS

CHART = K8S / "chart"
_specification = importlib.util.spec_from_file_location("generate_chart", K8S / "generate-chart.py")
generator = importlib.util.module_from_spec(_specification)
_specification.loader.exec_module(generator)


def nested(path, value):
    for key in reversed(path.split(".")):
        value = {key: value}
    return value


def merged(*several):
    result = {}
    for values in several:
        for key, value in values.items():
            result[key] = merged(result.get(key, {}), value) if isinstance(value, dict) else value
    return result


def rendered(*values, chart=CHART, namespace="bookstore"):
    """Each template's text, without secrets unless the values ask for them."""
    with Chart.load(str(chart)) as loaded:
        return loaded.render(merged({"secrets": {"create": False}}, *values), name="shop", namespace=namespace, is_install=True)


def objects(*values, **options):
    texts = [text for name, text in sorted(rendered(*values, **options).items()) if not name.endswith("NOTES.txt")]
    return [each for text in texts for each in yaml.safe_load_all(text) if each]


def by_name(objects):
    """By kind and name; the Job's name ends with a hash, which kustomize and Helm compute in different ways."""
    objects = list(objects)
    for each in objects:
        each["metadata"]["name"] = re.sub(r"^bookstore-migrate-\w{10}$", "bookstore-migrate", each["metadata"]["name"])
    return {(each["kind"], each["metadata"]["name"]): each for each in objects}


def overlay(*arguments, environment=None):
    return by_name(yaml.safe_load_all(run(str(K8S / "with.sh"), *arguments, env={**os.environ, **(environment or {})})))


def values_of(name):
    return yaml.safe_load((CHART / f"ci/{name}-values.yaml").read_text())


EVERYTHING = {key: {"enabled": True} for key in generator.COMPONENTS.values()}


def test_every_overlay_has_values():
    assert sorted(file.name.removesuffix("-values.yaml") for file in (CHART / "ci").iterdir()) == OVERLAYS
    assert sorted(generator.COMPONENTS) == sorted(COMPONENTS)


@pytest.mark.parametrize("name", OVERLAYS)
def test_chart_renders_the_objects_of_the_overlay(name):
    assert by_name(objects(values_of(name))) == overlay(name)
    assert by_name(objects(values_of(name), EVERYTHING)) == overlay(name, *COMPONENTS)


@pytest.mark.parametrize("arguments", [each for each in generator.VARIANTS if len(each) > 1], ids="+".join)
def test_chart_renders_the_objects_of_combinations_that_have_no_overlay(arguments):
    assert by_name(objects(generator.VARIANTS[arguments])) == overlay(*arguments)


@pytest.mark.parametrize("name", ["gmsa-domainless-eks", "gmsa-domainless-aks", "sql-auth-linux"])
def test_every_value_has_the_place_of_its_parameter(name, tmp_path):
    file = tmp_path / "parameters.env"
    lines = (K8S / "parameters/parameters.env").read_text().splitlines()
    file.write_text("".join(f"{key}={generator.MARKS[key]}\n" if (key := line.split("=")[0]) in generator.MARKS else f"{line}\n"
                            for line in lines))
    other = [nested(path, [generator.MARKS[key]] if key == "LOAD_BALANCER_SOURCES" else generator.MARKS[key])
             for key, path in generator.VALUES.items()]
    namespace = generator.MARKS["NAMESPACE"]
    assert by_name(objects(values_of(name), EVERYTHING, *other, namespace=namespace)) == overlay(
        name, *COMPONENTS, environment={"PARAMETERS": str(file)})


def test_default_values_are_the_parameters():
    with Chart.load(str(CHART)) as chart:
        values = chart.values
    for key, path in generator.VALUES.items():
        value = generator.at(values, path)
        assert (",".join(value) if isinstance(value, list) else value) == parameters()[key], path


def test_committed_chart_is_what_the_generator_writes(tmp_path):
    run(sys.executable, str(K8S / "generate-chart.py"), str(tmp_path))
    written = {file.relative_to(tmp_path) for file in tmp_path.rglob("*") if file.is_file()}
    assert [each for each in written if (CHART / each).read_text() != (tmp_path / each).read_text()] == []
    committed = {file.relative_to(CHART) for file in (CHART / "templates").iterdir()}
    by_hand = {each for each in committed - written if not (CHART / each).read_text().startswith(generator.HEADER)}
    assert {each.name for each in by_hand} == {"NOTES.txt", "_helpers.tpl", "secrets.yaml"} and by_hand == committed - written


@pytest.mark.parametrize("name", OVERLAYS)
def test_helms_linter_finds_nothing(name):
    report = lint(str(CHART), merged(values_of(name), {"secrets": {"create": False}}), strict=True, namespace="bookstore")
    assert report["errors"] == [] and [each for each in report["messages"] if each["severity"] > 1] == []


@pytest.mark.parametrize("key, value", [each for each in BAD_PARAMETERS if each[0] in generator.VALUES])
def test_value_that_its_parameter_refuses_is_refused(key, value):
    given = value.split(",") if key == "LOAD_BALANCER_SOURCES" and value else [] if key == "LOAD_BALANCER_SOURCES" else value
    with pytest.raises(HelmError, match=generator.VALUES[key].split(".")[-1]):
        rendered(nested(generator.VALUES[key], given))


@pytest.mark.parametrize("values", [
    {"login": "gmsa"}, {"login": "gmsa", "os": "linux"}, {"login": "gmsa", "os": "linux", "directory": {"nodes": "joined"}},
    {"os": "linux", "directory": {"nodes": "joined"}}, {"database": "external", "directory": {"nodes": "joined"}},
    {"login": "kerberos"}, {"replicas": 3}, {"images": {"shop": "x"}}, {"loadBalancer": {"sources": []}},
], ids=str)
def test_values_that_cannot_work_are_refused(values):
    with pytest.raises(HelmError):
        rendered(values)


@pytest.mark.parametrize("change", [{"images": {"web": "registry.example.com/bookstore-web:9"}}, {"login": "sql-auth"}], ids=str)
def test_job_that_runs_something_else_has_another_name(change):
    def name(*values):
        return next(each["metadata"]["name"] for each in objects(*values) if each["kind"] == "Job")
    assert name(values_of("gmsa")) == name(values_of("gmsa"), EVERYTHING)
    assert name(values_of("gmsa")) != name(values_of("gmsa"), change)


def test_secrets_are_those_of_the_script(tmp_path):
    external = {"externalConnectionString": "Server=shop", "externalMigrateConnectionString": "Server=owner"}
    made = [each for each in objects({"secrets": {"create": True, **external}}, namespace="shop-b") if each["kind"] == "Secret"]
    data = {each["metadata"]["name"]: each["data"] for each in made}
    (tmp_path / "sa").write_bytes(base64.b64decode(data["mssql"]["password"]))
    printed = on_a_cluster(tmp_path, K8S / "secrets.sh", "-n", "shop-b", BOOKSTORE_SA_PASSWORD_FILE=str(tmp_path / "sa"),
                           EXTERNAL_CONNECTIONSTRING="Server=shop", EXTERNAL_MIGRATE_CONNECTIONSTRING="Server=owner")
    assert data == {each["metadata"]["name"]: each["data"] for each in yaml.safe_load_all(printed.stdout) if each}
    # A volume outlives the release, and on Linux the password with it.
    assert {each["metadata"]["annotations"]["helm.sh/resource-policy"] for each in made} == {"keep"}


def test_external_database_needs_a_connection_string():
    with pytest.raises(HelmError, match="externalConnectionString"):
        rendered({"database": "external", "secrets": {"create": True}})


@pytest.mark.parametrize("name", OVERLAYS)
def test_notes_say_how_to_open_the_shop_and_how_to_switch_the_login(name):
    [notes] = [text for file, text in rendered(values_of(name), EVERYTHING).items() if file.endswith("NOTES.txt")]
    for text in "port-forward service/bookstore", "http://bookstore.example.com", "get service bookstore", "bookstore doctor":
        assert text in notes
    other = "sql-auth" if "gmsa" in name else "gmsa"
    switch = re.search(r"helm upgrade shop CHART -n bookstore --reset-then-reuse-values --set (\S+)", notes)
    if name in ("sql-auth", "sql-auth-linux"):
        assert not switch and ("needs Windows nodes" in notes or "has no gMSA" in notes)
        return
    # The command that the notes print gives values that work.
    given = [nested(*each.split("=")) for each in switch[1].split(",")]
    assert f"login={other}" in switch[1] and objects(values_of(name), *given)


def test_packaged_chart_renders_the_same(tmp_path):
    archive = package(str(CHART), destination=str(tmp_path), version="9.8.7", app_version="9.8.7")
    assert archive.endswith("bookstore-9.8.7.tgz")
    assert objects(values_of("gmsa"), chart=archive) == objects(values_of("gmsa"))
    listed = subprocess.run(["tar", "-tzf", archive], capture_output=True, text=True, check=True).stdout
    assert "bookstore/values.schema.json" in listed and "values.base" not in listed
