"""Linters over all release artifacts, each with its strictest useful settings."""

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
COMPOSE = sorted((ROOT / "docker").glob("*compose.yaml"))
DOCKERFILES = sorted((ROOT / "docker").glob("*.Dockerfile"))
POWERSHELL = sorted((ROOT / "docker").glob("*.ps1"))
SHELL = sorted([*(ROOT / "docker").glob("*.sh"), *K8S.rglob("*.sh"), *HERE.glob("*.sh")])


def name(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("file", DOCKERFILES, ids=name)
def test_hadolint_finds_nothing_in_the_dockerfile(file):
    run("hadolint", "--failure-threshold", "ignore", str(file))


@pytest.mark.parametrize("file", SHELL, ids=name)
def test_shellcheck_finds_nothing_in_the_script(file):
    run("shellcheck", "--external-sources", f"--source-path=SCRIPTDIR:{ROOT}", str(file))
    # A script that is only sourced has no interpreter line.
    assert os.access(file, os.X_OK) == file.read_text().startswith("#!")


def test_yamllint_finds_nothing():
    run("yamllint", "--strict", "-c", str(HERE / "yamllint.yaml"), *map(str, [K8S, ROOT / ".github", *COMPOSE, HERE]))


@pytest.mark.parametrize("stack", STACKS)
def test_cfn_lint_finds_nothing_in_the_stack(stack):
    run("cfn-lint", "--include-checks", "I", "--", str(K8S / f"eks/{stack}.yaml"))


def syntax_errors(source):
    """PSScriptAnalyzer needs PowerShell, which no package registry has; a grammar of the language finds at least what
    PowerShell could not read. The CI workflow runs the real analyzer on Windows."""
    tree = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language())).parse(source.encode())

    def walk(node):
        if node.type == "ERROR" or node.is_missing:
            yield f"line {node.start_point[0] + 1}: {node.text.decode()[:80]!r}"
        for child in node.children:
            yield from walk(child)
    return list(walk(tree.root_node))


def test_grammar_notices_a_broken_script():
    assert syntax_errors("if ($x { Write-Output 'y' }")


@pytest.mark.parametrize("file", POWERSHELL, ids=name)
def test_powershell_script_can_be_read(file):
    assert syntax_errors(file.read_text()) == []
    # Windows PowerShell 5.1 of servercore reads a file without a byte order mark in the system's code page.
    assert file.read_text().isascii()


@pytest.mark.parametrize("stack", STACKS)
def test_powershell_in_the_stack_can_be_read(stack):
    for resource in template(stack)["Resources"].values():
        for step in resource.get("Properties", {}).get("Content", {}).get("mainSteps", []):
            for command in step["inputs"]["runCommand"]:
                source = command["Fn::Sub"] if isinstance(command, dict) else command
                assert syntax_errors(re.sub(r"\$\{\w+\}", "x", source)) == []


@pytest.mark.parametrize("file", COMPOSE, ids=name)
def test_compose_names_only_services_volumes_and_files_that_it_has(file):
    # The package registries have no Docker Compose; these are the likely mistakes.
    compose = yaml.safe_load(file.read_text())
    configs = compose.get("configs", {})
    for config in configs.values():
        assert "content" in config or (file.parent / config["file"]).is_file()
    for service in compose["services"].values():
        assert {each["source"] for each in service.get("configs", [])} <= configs.keys()
        assert set(service.get("depends_on", {})) <= compose["services"].keys()
        mounts = {each.split(":")[0] for each in service.get("volumes", [])}
        files = {each for each in mounts if each.startswith("./")}
        assert all((file.parent / each).is_file() for each in files)
        assert mounts - files <= compose["volumes"].keys()
        assert all(each.startswith("127.0.0.1:") for each in service.get("ports", []))
        assert "network_mode" not in service, "the host's network has no address of its own to listen on"
        if "build" in service:
            assert (ROOT / service["build"]["dockerfile"]).is_file()
        if service.get("image") == "bookstore-web:linux":
            assert service["read_only"] is True


def test_files_for_linux_containers_have_lf_on_every_system():
    # A script, or a configuration of Kerberos, with CRLF fails in the container: a checkout on Windows would have it.
    mounted = {Path("docker", each.split(":")[0]) for file in COMPOSE for service in yaml.safe_load(file.read_text())["services"].values()
               for each in service.get("volumes", []) if each.startswith("./")}
    copied = {Path(each) for file in DOCKERFILES if "windows" not in file.name
              for line in re.findall(r"^COPY (?!--from)(.+)", file.read_text(), re.M)
              for each in line.split()[:-1] if not each.startswith("--") and each != "."}
    run_in_build = {Path("docker/linux-rootfs.sh"), Path("docker/stand-in.sh")}
    files = sorted(map(str, mounted | copied | run_in_build))
    attributes = run("git", "check-attr", "eol", "--", *files, cwd=ROOT).splitlines()
    assert attributes == [f"{os.path.normpath(each)}: eol: lf" for each in files]


def test_presenters_commands_fit_the_lab_and_every_shell():
    section = (ROOT / "docs/presenting.md").read_text().split("## Five minutes", 1)[1].split("\n## ", 1)[0]
    services = yaml.safe_load((ROOT / "docker/lab.compose.yaml").read_text())["services"]
    verbs = re.search(r"^FUNCTIONS = \((.+)\)$", (ROOT / "lab/directory/dc/directory.py").read_text(), re.M)[1]
    commands = re.findall(r"`((?:exec|run|start|stop|up) [^`]+)`", section)
    assert len(commands) >= 10
    for command in commands:
        assert not set(command) & set("';|&<>*%"), f"{command}: not every shell reads it in the same way"
        words = [word for word in command.split()[1:] if not word.startswith("-")]
        assert words[0] in services, command
        if words[1:2] == ["directory"]:
            assert words[2].replace("-", "_") in verbs.split(", "), command


def test_images_are_built_by_the_pinned_toolchain():
    [wanted] = re.findall(r'^channel = "(.+)"', (ROOT / "rust-toolchain.toml").read_text(), re.M)
    for file in DOCKERFILES:
        for found in re.findall(r"^ARG RUST(?:_IMAGE=rust:|=)([\d.]+)", file.read_text(), re.M):
            assert wanted == found or wanted.startswith(f"{found}."), file.name


@pytest.mark.parametrize("file", DOCKERFILES, ids=name)
def test_every_file_that_a_dockerfile_copies_exists(file):
    for line in re.findall(r"^COPY (?!--from)(.+)", file.read_text(), re.M):
        sources = [each for each in line.split()[:-1] if not each.startswith("--")]
        assert [each for each in sources if not (ROOT / each).exists()] == []


@pytest.mark.parametrize("file", [each for each in DOCKERFILES if "windows" in each.name], ids=name)
def test_windows_images_are_of_servercore(file):
    text = file.read_text()
    assert "ARG BASE=mcr.microsoft.com/windows/servercore:${WINDOWS}" in text
    assert "nanoserver" not in re.sub(r"^#.*", "", text, flags=re.M)
    if file.name.startswith("web."):
        assert re.search(r'^USER "NT AUTHORITY\\+NETWORK SERVICE"$', text, re.M)


def test_linux_image_manifests_and_passwd_have_the_same_user():
    [user] = re.findall(r"^USER (.+)$", (ROOT / "docker/web.linux.Dockerfile").read_text(), re.M)
    number = user.split(":")[0]
    assert user == f"{number}:{number}" and int(number) > 10000
    assert f"bookstore:x:{number}:{number}:" in (ROOT / "docker/linux-rootfs.sh").read_text()
    web = pod(named(render("sql-auth-linux"), "Deployment", "bookstore-web"))
    assert web["securityContext"]["runAsUser"] == web["securityContext"]["runAsGroup"] == int(number)


def test_buildkit_runs_nothing_in_the_windows_stage():
    final = (ROOT / "docker/web.windows.cross.Dockerfile").read_text().rsplit("\nFROM ", 1)[1]
    assert not re.search(r"^RUN ", final, re.M)
