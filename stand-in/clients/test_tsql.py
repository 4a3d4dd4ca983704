"""tsql: FreeTDS' command line, the oldest client here."""

import os
import shutil
import subprocess

import pytest
from conftest import PASSWORD

pytestmark = pytest.mark.skipif(shutil.which("tsql") is None, reason="tsql is missing (Debian's package freetds-bin)")


@pytest.fixture
def tsql(server, tmp_path):
    def run(script, encryption="require"):
        file = tmp_path / "freetds.conf"
        settings = {"host": "localhost", "port": server.port, "tds version": "7.4", "client charset": "UTF-8",
                    "encryption": encryption}
        file.write_text("[server]\n" + "".join(f"{name} = {value}\n" for name, value in settings.items()))
        command = ["tsql", "-o", "q", "-S", "server", "-U", "sa", "-P", PASSWORD, "-D", "Bookstore"]
        environment = {**os.environ, "FREETDSCONF": str(file)}
        done = subprocess.run(command, input=script, capture_output=True, text=True, timeout=60, env=environment, check=False)
        return done.stdout + done.stderr
    return run


def test_rows_of_several_batches_are_printed(tsql):
    output = tsql("SELECT 40 + 2 AS n, N'Émile' AS t\ngo\nSELECT N'second'\ngo\n")
    assert "42\tÉmile" in output
    assert "second" in output


def test_error_has_number_state_and_line(tsql):
    output = tsql("\n\nEXEC dbo.Missing\ngo\nSELECT N'still connected'\ngo\n")
    assert "Msg 2812 (severity 16, state 62)" in output
    assert "Line 3" in output
    assert "still connected" in output


def test_login_in_the_clear_fails(tsql):
    assert "There was a problem connecting to the server" in tsql("SELECT 1\ngo\n", encryption="off")
