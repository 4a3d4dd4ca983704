"""mssql-python: Microsoft's driver for Python, with Microsoft's ODBC driver inside."""

import datetime
import decimal
import os
import re
import uuid

import pytest
from conftest import PASSWORD, STATEMENTS, plain

mssql_python = pytest.importorskip("mssql_python", reason="pip cannot install mssql-python here", exc_type=ImportError)

# The driver reports the text of an error, not its number.
TEXTS = {
    208: "Invalid object name 'dbo.Missing'",
    8134: "Divide by zero",
    245: "Conversion failed when converting the nvarchar value 'x' to data type int",
    156: "Incorrect syntax near the keyword 'FROM'",
    50000: "The SQL Server stand-in does not support",
    50001: "x",
}


@pytest.fixture
def connect(server):
    # OpenSSL reads this variable when a connection opens.
    os.environ["SSL_CERT_FILE"] = server.ca_file
    opened = []

    def open_connection(options="Encrypt=yes;", autocommit=True):
        string = f"Server=localhost,{server.port};Database=Bookstore;UID=sa;PWD={PASSWORD};{options}"
        opened.append(mssql_python.connect(string, autocommit=autocommit))
        return opened[-1]
    yield open_connection
    for connection in opened:
        connection.close()


@pytest.mark.parametrize("encrypt", ["yes", "strict", "optional"])
def test_every_encryption_connects(connect, encrypt):
    # https://learn.microsoft.com/sql/connect/odbc/dsn-connection-string-attribute
    assert plain(connect(f"Encrypt={encrypt};").cursor().execute("SELECT 1 AS n").fetchall()) == [(1,)]


@pytest.mark.parametrize("value", [
    1, -2**31, 2**40, "Émile 😀 'x'", "", None, decimal.Decimal("9.99"), datetime.date(1900, 1, 1), True, b"\x00\xff", 1.5,
    datetime.time(1, 2, 3), datetime.datetime(2026, 2, 28, 23, 59, 59, 123456), uuid.UUID(int=2**100 + 7), "é" * 100_000,
], ids=lambda value: repr(value)[:20])
def test_value_returns_unchanged(connect, value):
    assert connect().cursor().execute("SELECT ? AS v", (value,)).fetchone()[0] == value


@pytest.mark.parametrize("statement, expected", STATEMENTS)
def test_statement_returns_rows_or_its_error(connect, statement, expected):
    cursor = connect().cursor()
    if isinstance(expected, list):
        assert plain(cursor.execute(statement).fetchall()) == expected
    else:
        with pytest.raises(mssql_python.Error, match=re.escape(TEXTS[expected])):
            cursor.execute(statement)
            cursor.fetchall()
        assert cursor.execute("SELECT 1 AS n").fetchone()[0] == 1


def test_prepared_statement_runs_many_times(connect):
    cursor = connect().cursor()
    cursor.execute("CREATE TABLE dbo.Many (n INT NOT NULL, t NVARCHAR(20) NOT NULL)")
    cursor.executemany("INSERT INTO dbo.Many (n, t) VALUES (?, ?)", [(n, f"é{n}") for n in range(50)])
    assert plain(cursor.execute("SELECT SUM(n) AS s, MAX(t) AS m FROM dbo.Many").fetchall()) == [(1225, "é9")]


def test_rolled_back_rows_are_gone_without_autocommit(connect):
    connection = connect(autocommit=False)
    cursor = connection.cursor()
    cursor.execute("CREATE TABLE dbo.Undone (n INT NOT NULL)")
    connection.commit()
    for _ in range(2):
        cursor.execute("INSERT INTO dbo.Undone (n) VALUES (?)", (1,))
        connection.rollback()
    assert cursor.execute("SELECT COUNT(*) FROM dbo.Undone").fetchone()[0] == 0


def test_pooled_connection_is_reset(connect):
    # MS-TDS 2.2.3.1.2, RESETCONNECTION: https://learn.microsoft.com/openspecs/windows_protocols/ms-tds/
    first = connect()
    first.cursor().execute("USE master; SET LOCK_TIMEOUT 5")
    first.close()
    assert connect().cursor().execute("SELECT DB_NAME()").fetchone()[0] == "Bookstore"


def test_catalog_procedure_that_is_missing_is_named(connect):
    with pytest.raises(mssql_python.Error, match="does not support sp_tables"):
        connect().cursor().tables().fetchall()
