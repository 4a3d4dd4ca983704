"""pyodbc with FreeTDS' ODBC driver, which prepares every statement that has parameters."""

import datetime
import decimal
import pathlib

import pytest
from conftest import PASSWORD, STATEMENTS, plain

pyodbc = pytest.importorskip("pyodbc", reason="pip cannot install pyodbc here", exc_type=ImportError)
DRIVER = next(pathlib.Path("/usr/lib").glob("*/odbc/libtdsodbc.so"), None)
pytestmark = pytest.mark.skipif(DRIVER is None, reason="FreeTDS' ODBC driver is missing (Debian's package tdsodbc)")


@pytest.fixture
def connect(server):
    opened = []

    def open_connection(autocommit=True, options=""):
        string = f"DRIVER={DRIVER};SERVER=localhost;PORT={server.port};DATABASE=Bookstore;UID=sa;PWD={PASSWORD};"
        opened.append(pyodbc.connect(f"{string}TDS_Version=7.4;{options}", autocommit=autocommit))
        return opened[-1]
    yield open_connection
    for connection in opened:
        connection.close()


@pytest.mark.parametrize("value", [
    1, -2**31, 2**40, "Émile 😀", None, decimal.Decimal("9.99"), datetime.date(1900, 1, 1), True, b"\x00\xff", 1.5,
    datetime.datetime(2026, 2, 28, 23, 59, 59), "é" * 4000,
], ids=lambda value: repr(value)[:20])
def test_value_returns_unchanged(connect, value):
    assert connect().execute("SELECT ? AS v", (value,)).fetchone()[0] == value


@pytest.mark.parametrize("statement, expected", STATEMENTS)
def test_statement_returns_rows_or_its_number(connect, statement, expected):
    connection = connect()
    if isinstance(expected, list):
        assert plain(connection.execute(statement).fetchall()) == expected
    else:
        with pytest.raises(pyodbc.Error, match=rf"\({expected}\)"):
            connection.execute(statement).fetchall()
        assert connection.execute("SELECT 1 AS n").fetchval() == 1


def test_rolled_back_rows_are_gone_without_autocommit(connect):
    # MS-TDS 2.2.6.9, fBeginXact:
    # https://learn.microsoft.com/openspecs/windows_protocols/ms-tds/0fb28ba5-ddcb-4d02-95c3-aa5b05ec6092
    connect().execute("CREATE TABLE dbo.Undone (n INT NOT NULL)")
    connection = connect(autocommit=False)
    for _ in range(3):
        connection.execute("INSERT INTO dbo.Undone (n) VALUES (?)", 1)
        connection.rollback()
    connection.execute("INSERT INTO dbo.Undone (n) VALUES (?)", 1)
    connection.commit()
    assert connection.execute("SELECT COUNT(*) FROM dbo.Undone").fetchval() == 1


def test_prepared_statement_runs_many_times(connect):
    cursor = connect().cursor()
    cursor.execute("CREATE TABLE dbo.Many (n INT NOT NULL, t NVARCHAR(20) NOT NULL)")
    cursor.executemany("INSERT INTO dbo.Many (n, t) VALUES (?, ?)", [(n, f"é{n}") for n in range(50)])
    assert plain(cursor.execute("SELECT SUM(n) AS s, MAX(t) AS m FROM dbo.Many").fetchall()) == [(1225, "é9")]


def test_duplicate_key_is_an_integrity_error(connect):
    connection = connect()
    connection.execute("CREATE TABLE dbo.Keys (n INT NOT NULL CONSTRAINT PK_Keys PRIMARY KEY)")
    connection.execute("INSERT INTO dbo.Keys (n) VALUES (1)")
    with pytest.raises(pyodbc.IntegrityError, match=r"The duplicate key value is \(1\).*\(2627\)"):
        connection.execute("INSERT INTO dbo.Keys (n) VALUES (1)")
