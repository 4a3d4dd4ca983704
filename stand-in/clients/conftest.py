"""A running stand-in per test module."""

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
