"""The API's OpenAPI document is valid, and the API does what it promises: two public tools as judges of a running shop."""

import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from conftest import running_shop

TOOLS = Path(sys.executable).parent


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The address of a shop on a new embedded store."""
    with running_shop(tmp_path_factory.mktemp("shop")) as (address, _):
        yield address


@pytest.fixture(scope="module")
def document(shop, tmp_path_factory):
    file = tmp_path_factory.mktemp("openapi") / "openapi.json"
    with urllib.request.urlopen(f"{shop}/api/openapi.json", timeout=60) as response:
        file.write_bytes(response.read())
    return file


def check(tool, *arguments):
    done = subprocess.run([TOOLS / tool, *arguments], capture_output=True, text=True, cwd=Path(__file__).parent,
                          env={**os.environ, "NO_COLOR": "1"}, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr


def test_document_is_valid_openapi(document):
    check("openapi-spec-validator", str(document))


def test_api_keeps_its_document(shop, document, tmp_path):
    check("schemathesis", "--config-file", "schemathesis.toml", "run", str(document), "--url", shop,
          "--max-examples", "20", "--seed", "1", "--generation-database", "none")
