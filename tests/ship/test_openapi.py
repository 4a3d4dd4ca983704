"""The API's OpenAPI document is valid, and the API does what it promises: two public tools as judges of a running shop."""

import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from conftest import BINARY

TOOLS = Path(sys.executable).parent
ANY_PORT = "127.0.0.1:0"
START_LIMIT = 60  # seconds


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The address of a shop on a new embedded store."""
    if BINARY is None:
        pytest.skip("NO BINARY: build bookstore first")
    store = tmp_path_factory.mktemp("shop") / "books.db"
    settings = {
        "connectionstring": f"Server=(embedded);AttachDbFilename={store};User ID=sa",
        "BOOKSTORE_ADDR": ANY_PORT,
        "BOOKSTORE_ADMIN_ADDR": ANY_PORT,
    }
    log = store.with_name("log")
    # Not to a pipe: nobody would read it, and a full pipe stops the shop.
    with log.open("w") as output, subprocess.Popen([BINARY, "serve"], env=settings, stderr=output) as process:
        try:
            end = time.monotonic() + START_LIMIT
            while not (listening := re.search(r"listening on (http://[\w.:]+)", log.read_text())):
                assert process.poll() is None and time.monotonic() < end, log.read_text()
                time.sleep(0.05)
            yield listening[1]
        finally:
            process.terminate()


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
