"""python-tds: a TDS client in Python, with TLS by OpenSSL."""

import datetime
import decimal
import socket

import pytds
import pytest
from conftest import PASSWORD


@pytest.fixture
def connect(server):
    opened = []

    def open_connection(**options):
        options = {"user": "sa", "password": PASSWORD, "database": "Bookstore", "cafile": server.ca_file, **options}
        opened.append(pytds.connect("localhost", port=server.port, **options))
        return opened[-1]
    yield open_connection
    for connection in opened:
        connection.close()


@pytest.fixture
def cursor(connect):
    with connect(autocommit=True).cursor() as cursor:
        yield cursor


def one(cursor, statement, parameters=()):
    cursor.execute(statement, parameters)
    return cursor.fetchall()[0][0]


@pytest.mark.parametrize("value", [
    1, -2**31, 2**40, "Émile 😀 'x'", "", None, decimal.Decimal("9.99"), datetime.date(1900, 1, 1), True, pytds.Binary(b"\x00\xff"),
], ids=repr)
def test_value_returns_unchanged(cursor, value):
    assert one(cursor, "SELECT %s", (value,)) == value


@pytest.mark.parametrize("statement, number", [
    ("SELECT * FROM dbo.Missing", 208),  # https://learn.microsoft.com/sql/relational-databases/errors-events/mssqlserver-208-database-engine-error
    ("SELECT 1/0", 8134),
    ("THROW 50001, N'x', 1", 50001),
    ("SELECT Missing FROM (SELECT 1 AS n) AS t", 207),
    ("EXEC dbo.Missing", 2812),
    ("COMMIT TRANSACTION", 3902),
    ("ROLLBACK TRANSACTION", 3903),
])
def test_statement_fails_with_its_number(cursor, statement, number):
    with pytest.raises(pytds.Error) as raised:
        cursor.execute(statement)
        cursor.fetchall()
    assert raised.value.number == number


def test_duplicate_key_is_reported_and_the_connection_stays_usable(cursor):
    cursor.execute("CREATE TABLE dbo.Keys (n INT NOT NULL CONSTRAINT PK_Keys PRIMARY KEY)")
    cursor.execute("INSERT INTO dbo.Keys (n) VALUES (1)")
    with pytest.raises(pytds.IntegrityError) as raised:
        cursor.execute("INSERT INTO dbo.Keys (n) VALUES (1)")
    assert raised.value.number == 2627
    assert one(cursor, "SELECT COUNT(*) FROM dbo.Keys") == 1


def test_rolled_back_rows_are_gone_without_autocommit(connect):
    connection = connect(autocommit=False)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE dbo.Undone (n INT NOT NULL)")
        connection.commit()
        for _ in range(2):
            cursor.execute("INSERT INTO dbo.Undone (n) VALUES (1)")
            connection.rollback()
        assert one(cursor, "SELECT COUNT(*) FROM dbo.Undone") == 0


def test_pooled_connection_is_reset(connect):
    # MS-TDS 2.2.3.1.2: RESETCONNECTION restores the session's options and database.
    first = connect(autocommit=True, pooling=True)
    with first.cursor() as cursor:
        cursor.execute("USE master")
        cursor.execute("SET LOCK_TIMEOUT 5")
    first.close()
    with connect(autocommit=True, pooling=True).cursor() as cursor:
        assert one(cursor, "SELECT DB_NAME()") == "Bookstore"


@pytest.mark.parametrize("blocksize", [512, 4096, 16383, 32767])
def test_long_values_pass_at_any_packet_size(connect, blocksize):
    text = "é" * 100_000
    with connect(autocommit=True, blocksize=blocksize).cursor() as cursor:
        assert one(cursor, "SELECT CAST(%s AS NVARCHAR(MAX))", (text,)) == text


def test_only_the_login_may_be_encrypted(connect):
    with connect(autocommit=True, enc_login_only=True).cursor() as cursor:
        assert one(cursor, "SELECT 1") == 1


def test_certificate_for_another_name_is_refused(server):
    with socket.create_connection((server.host, server.port)) as open_socket, pytest.raises(pytds.Error, match="host name"):
        pytds.connect("other.example.org", sock=open_socket, user="sa", password=PASSWORD, cafile=server.ca_file)


@pytest.mark.parametrize("options, text", [
    ({"database": "Missing"}, 'Cannot open database "Missing"'), ({"password": "wrong"}, "Login failed for user 'sa'"),
], ids=["4060", "18456"])
def test_login_is_refused_with_its_reason(connect, options, text):
    with pytest.raises(pytds.Error, match=text) as raised:
        connect(disable_connect_retry=True, **options)
    assert raised.value.number == 18456  # of the last error of the login, also after 4060


def test_login_without_permission_gets_229(connect):
    with connect(autocommit=True).cursor() as owner:
        owner.execute("CREATE TABLE dbo.Secret (n INT NOT NULL)")
        owner.execute("CREATE USER reader FOR LOGIN reader")
    with connect(autocommit=True, user="reader", password="Secret-2").cursor() as reader, pytest.raises(pytds.Error) as raised:
        reader.execute("SELECT n FROM dbo.Secret")
    assert raised.value.number == 229
