"""The systemd unit of docs/: valid, and without rights that the shop does not need."""

import re
import shutil
import subprocess

import pytest
from conftest import ROOT

UNIT = ROOT / "docs/bookstore.service"
# Of 100, by `systemd-analyze security`: what a network service without any other right has.
MOST_EXPOSURE = 15

pytestmark = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="not possible here: systemd-analyze is missing")


@pytest.fixture
def unit(tmp_path):
    """The unit with a program that exists on this machine."""
    file = tmp_path / UNIT.name
    file.write_text(UNIT.read_text().replace("/usr/local/bin/bookstore", "/bin/true"))
    return file


def test_systemd_accepts_the_unit(unit):
    verified = subprocess.run(["systemd-analyze", "verify", str(unit)], text=True, capture_output=True, check=True)
    assert verified.stderr == ""


def test_unit_has_little_exposure(unit):
    subprocess.run(["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSURE}", str(unit)],
                   stdout=subprocess.DEVNULL, check=True)


def test_unit_gives_the_shop_time_to_drain():
    seconds = int(re.search(r"^TimeoutStopSec=(\d+)s$", UNIT.read_text(), re.M)[1])
    drain = int(re.search(r"`BOOKSTORE_DRAIN_TIMEOUT` \| `(\d+)s`", (ROOT / "docs/operations.md").read_text())[1])
    assert seconds > drain
