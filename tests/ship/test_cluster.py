"""A real API server checks the overlays and the refused manifests: set BOOKSTORE_TEST_KUBECONFIG to the kubeconfig of a cluster that may
be written to. It needs the CRDs of the gMSA webhook, the Gateway API and the Prometheus operator, and no Windows node: nothing has to run."""

import os
import re
import subprocess

import pytest
from conftest import COMPONENTS, K8S, OVERLAYS, run
from helm_python.config import Config
from test_changes import PARTNERS
from test_chart import CHART, EVERYTHING, values_of
from test_chart import rendered as chart
from test_refused import BY_THE_API_SERVER, REFUSED_FOLDER, server_message

KUBECONFIG = os.environ.get("BOOKSTORE_TEST_KUBECONFIG")
if not KUBECONFIG:
    pytest.skip("NO CLUSTER: set BOOKSTORE_TEST_KUBECONFIG; the CI workflow's job manifests has kind", allow_module_level=True)
ENVIRONMENT = {**os.environ, "KUBECONFIG": KUBECONFIG}


def kubectl(*arguments, manifests=None):
    return subprocess.run(["kubectl", *arguments], input=manifests, capture_output=True, text=True, env=ENVIRONMENT)


def apply(manifests, *options):
    done = kubectl("apply", "--server-side", "--validate=strict", *options, "-f", "-", manifests=manifests)
    assert done.returncode == 0, done.stderr
    return done


def rendered(namespace, *arguments):
    return run(str(K8S / "with.sh"), "-n", namespace, *arguments)


@pytest.fixture(scope="module", params=["bookstore-test-a", "bookstore-test-b"])
def namespace(request):
    """A shop's namespace, which is deleted afterwards with all cluster-scoped objects."""
    apply(rendered(request.param, "cluster"))
    yield request.param
    delete(request.param)


def delete(namespace):
    """Deletes the namespace, and the objects outside of namespaces that carry its name."""
    kubectl("delete", "namespace", namespace, "--wait=false")
    for kind in "gmsacredentialspec", "clusterrole":
        names = kubectl("get", kind, "-o", "name").stdout.split()
        kubectl("delete", *[name for name in names if f"/{namespace}." in name] or ["--ignore-not-found", kind, "none"])


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_api_server_accepts_the_overlay_with_every_component(namespace, overlay):
    done = apply(rendered(namespace, overlay, *COMPONENTS), "--dry-run=server")
    # The Windows database starts a service as ContainerAdministrator; the namespace enforces `baseline`.
    warnings = [line for line in done.stderr.splitlines() if 'container "sql" must set securityContext.runAsNonRoot=true' not in line]
    assert warnings == []


def test_api_server_accepts_the_secrets(namespace, tmp_path):
    apply(run(str(K8S / "secrets.sh"), "-n", namespace, env=ENVIRONMENT), "--dry-run=server")


@pytest.mark.parametrize("sql, gmsa", PARTNERS)
def test_switching_back_and_forth_leaves_the_database_alone(namespace, sql, gmsa, tmp_path):
    def generations():
        return kubectl("-n", namespace, "get", "statefulset", "-o", "jsonpath={.items[*].metadata.generation}").stdout
    apply(rendered(namespace, sql))
    before = generations()
    apply(rendered(namespace, gmsa))
    apply(rendered(namespace, sql))
    text = re.sub("image: .*bookstore-web.*", "image: registry.example.com/bookstore-web:9", rendered(namespace, sql))
    # kustomize computes the hash in the Job's name, so another image has to be set in the parameters.
    assert kubectl("apply", "--server-side", "-f", "-", manifests=text).returncode != 0
    parameters = tmp_path / "parameters.env"
    parameters.write_text(re.sub("^WEB_IMAGE=.*", "WEB_IMAGE=registry.example.com/bookstore-web:9",
                                 (K8S / "parameters/parameters.env").read_text(), flags=re.M))
    apply(run(str(K8S / "with.sh"), "-n", namespace, sql, env={**os.environ, "PARAMETERS": str(parameters)}))
    assert generations() == before
    assert (before == "1") == (sql != "external-sql")
    kubectl("-n", namespace, "delete", "job,deployment,statefulset", "--all")


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_api_server_accepts_the_chart_with_every_component(namespace, overlay):
    secrets = {"secrets": {"create": True, "externalConnectionString": "Server=x"}}
    texts = chart(values_of(overlay), EVERYTHING, secrets, namespace=namespace)
    apply("".join(f"---\n{text}\n" for name, text in texts.items() if not name.endswith("NOTES.txt")), "--dry-run=server")


@pytest.fixture
def helm(request):
    """Helm in a namespace of its own."""
    namespace = f"bookstore-test-{request.node.callspec.params['secrets']}"
    apply(rendered(namespace, "cluster"))
    with Config(kubeconfig_path=KUBECONFIG, namespace=namespace) as config:
        yield config, namespace
    delete(namespace)


@pytest.mark.parametrize("secrets", ["helm", "script"])
def test_helm_installs_switches_and_uninstalls(helm, secrets):
    config, namespace = helm

    def get(*what):
        return kubectl("-n", namespace, "get", *what).stdout
    if secrets == "script":
        apply(run(str(K8S / "secrets.sh"), "-n", namespace, env=ENVIRONMENT))
    config.install(str(CHART), "shop", values_of("sql-auth-joined"), namespace=namespace)
    password, database = ("secret", "mssql", "-o", "jsonpath={.data.password}"), ("statefulset", "-o", "jsonpath={.items[*].metadata.generation}")
    first, job = get(*password), get("job", "-o", "name")
    assert first and get(*database) == "1"
    for values in values_of("gmsa"), values_of("sql-auth-joined"):
        config.upgrade(str(CHART), "shop", values, namespace=namespace)
        # The password of the volume, and the pod of the database.
        assert (get(*password), get(*database)) == (first, "1")
    assert get("job", "-o", "name") == job
    config.uninstall("shop")
    assert get("deployment,statefulset,job", "-o", "name") == "" and get(*password) == first


@pytest.mark.parametrize("rule", BY_THE_API_SERVER)
def test_api_server_refuses_bad_manifest_with_its_message(namespace, rule):
    text = (REFUSED_FOLDER / f"{rule}.yaml").read_text().replace("namespace: bookstore\n", f"namespace: {namespace}\n")
    done = kubectl("apply", "--server-side", "--dry-run=server", "-f", "-", manifests=text)
    assert done.returncode != 0
    assert server_message(rule) in done.stderr
