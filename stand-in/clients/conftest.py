"""A running stand-in per test module, and what the suites share."""

import os
import subprocess
from typing import NamedTuple

import pytest

PASSWORD = "Secret-1"


class Server(NamedTuple):
    host: str
    port: int
    ca_file: str


@pytest.fixture(scope="module")
def server():
    command = [os.environ["STAND_IN"], "--listen", "127.0.0.1:0", "--login", "reader=Secret-2"]
    environment = {**os.environ, "STAND_IN_SA_PASSWORD": PASSWORD}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            address, ca_file = (process.stdout.readline().split()[-1] for _ in range(2))
            host, port = address.rsplit(":", 1)
            yield Server(host, int(port), ca_file)
        finally:
            process.terminate()


# What every client expects of these statements: rows, or the number of the error.
STATEMENTS = [
    ("SELECT N'Émile 😀' AS t, NULL AS n, CAST(9.99 AS NUMERIC(9,2)) AS p", [("Émile 😀", None, "9.99")]),
    ("SELECT COUNT(*) AS n FROM sys.databases WHERE name = N'bookstore'", [(1,)]),
    ("SELECT v.t FROM (VALUES (N'z'), (N'É'), (N'e')) AS v (t) ORDER BY v.t", [("e",), ("É",), ("z",)]),
    ("SELECT * FROM dbo.Missing", 208),
    ("SELECT 1/0 AS n", 8134),
    ("SELECT 1 + N'x' AS n", 245),
    ("SELECT FROM x", 156),
    ("SELECT XACT_STATE() AS n", 50000),
    ("SELECT SERVERPROPERTY('ProductVersion')", 50000),
    ("THROW 50001, N'x', 1", 50001),
]


def plain(rows):
    """Rows as tuples, with decimals as text."""
    return [tuple(value if isinstance(value, (str, int, type(None))) else str(value) for value in row) for row in rows]
