//! Rows that need no directory: the server's name and port, its certificate, SQL logins.

use std::time::Duration;

use super::case::{Expected, ask};
use bookstore_tests::fixture::shop_server;
use bookstore_tests::shop::command;
use bookstore_tests::stand_in::{Fault, StandIn, WrongCertificate};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

async fn doctor(text: &str) -> super::case::Said {
    let mut command = command(&["doctor", "--json"]);
    command.env("connectionstring", text);
    ask(command).await
}

async fn expect(text: &str, expected: Expected) {
    expected.check(&doctor(text).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sql_login_that_may_what_it_needs_is_sound() {
    let server = shop_server().await;
    let said = doctor(&server.connection_string("webapp")).await;
    assert_eq!((said.exit, &said.report["verdict"]["state"]), (Some(0), &"sound".into()), "{}", said.text);
    assert!(said.report["checks"].as_array().unwrap().iter().all(|check| check["status"] == "pass"), "{}", said.text);
    assert_eq!(said.report["not_visible"], serde_json::json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_that_are_not_accepted() {
    let server = shop_server().await;
    let text = server.connection_string("webapp");
    let logins = server.counters().logins();
    for (wrong, produced, cause, fix) in [
        (
            WrongCertificate::OtherAuthority,
            "a certificate of another authority",
            "was issued by CN=Another authority",
            "ServerCertificate=",
        ),
        (
            WrongCertificate::OtherName,
            "a certificate for another host",
            "is for elsewhere.invalid, and the string names localhost",
            "HostNameInCertificate=elsewhere.invalid",
        ),
        (WrongCertificate::Expired, "a certificate of 2020", "is valid from 2020-01-01 to 2021-01-01", "Cert:"),
    ] {
        server.faults().always(Fault::Certificate(wrong));
        expect(&text, Expected { row: 25, produced, link: "tls", cause, fix, exit: 2 }).await;
        server.faults().clear();
    }
    assert_eq!(server.counters().logins(), logins);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_and_ports_that_lead_nowhere() {
    let mut server = shop_server().await;
    let text = server.connection_string("webapp");
    expect(
        "Server=no-such-host.invalid;User ID=sa;Password=x",
        Expected {
            row: 28,
            produced: "a name that does not resolve",
            link: "server-name",
            cause: "there is no no-such-host.invalid in the DNS",
            fix: "Server=",
            exit: 2,
        },
    )
    .await;
    expect(
        &format!("{text};Server=localhost\\NOSUCH"),
        Expected {
            row: 28,
            produced: "a named instance without SQL Server Browser",
            link: "server-port",
            cause: "SQL Server Browser on localhost does not tell the port of NOSUCH",
            fix: "Server=localhost,<port>",
            exit: 2,
        },
    )
    .await;
    server.stop().await;
    expect(
        &text,
        Expected {
            row: 28,
            produced: "a server that is stopped",
            link: "server-port",
            cause: "SQL Server does not run there",
            fix: "Server=localhost,<port>",
            exit: 2,
        },
    )
    .await;
    let (port, _full) = swallows_packets().await;
    expect(
        &format!("Server=127.0.0.1,{port};User ID=sa;Password=x"),
        Expected {
            row: 28,
            produced: "a port that swallows packets",
            link: "server-port",
            cause: "drops what is sent to 127.0.0.1:",
            fix: "kubectl get networkpolicy",
            exit: 2,
        },
    )
    .await;
}

/// A port whose queue of connections is full, so that the kernel drops whatever comes: no answer, no refusal.
async fn swallows_packets() -> (u16, (TcpListener, Vec<TcpStream>)) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut queued = Vec::new();
    while let Ok(connected) = timeout(Duration::from_millis(500), TcpStream::connect(address)).await {
        queued.push(connected.unwrap());
    }
    (address.port(), (listener, queued))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sql_logins_that_are_refused() {
    let server = shop_server().await;
    let text = server.connection_string("webapp");
    let wrong = Expected {
        row: 19,
        produced: "a wrong password",
        link: "login",
        cause: "the password of webapp is another one",
        fix: "Password=",
        exit: 2,
    };
    expect(&format!("{text};Password=wrong"), wrong).await;
    expect(
        &format!("{text};Database=Elsewhere"),
        Expected {
            row: 20,
            produced: "a database that is not there",
            link: "database",
            cause: "the server has no database Elsewhere",
            fix: "bookstore migrate",
            exit: 2,
        },
    )
    .await;
    let only = "Login failed for user 'webapp'. Reason: An attempt to login using SQL authentication failed. Server is configured for Windows authentication only.";
    for (number, said, cause, fix) in [
        (18456, only, "takes Windows logins only", "LoginMode"),
        (
            18452,
            "Login failed for user 'webapp'. The user is not associated with a trusted SQL Server connection.",
            "takes Windows logins only",
            "LoginMode",
        ),
        (
            18470,
            "Login failed for user 'webapp'. Reason: The account is disabled.",
            "the login is disabled",
            "ALTER LOGIN [webapp] ENABLE",
        ),
        (
            18486,
            "Login failed for user 'webapp' because the account is currently locked out. The system administrator can unlock it.",
            "locked",
            "UNLOCK",
        ),
        (
            18488,
            "Login failed for user 'webapp'.  Reason: The password of the account must be changed.",
            "must be changed",
            "ALTER LOGIN [webapp] WITH PASSWORD",
        ),
    ] {
        server.faults().always(Fault::RefuseLogin { number, state: 1, text: said.to_owned() });
        expect(&text, Expected { cause, fix, produced: "SQL Server's number and text", ..wrong }).await;
        server.faults().clear();
    }
}

/// Row 21: nothing that a login sees, but what `migrate --grant` meets.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_sql_server_cannot_look_up_is_explained_where_it_is_granted() {
    let server = shop_server().await;
    let text = r"Windows NT user or group 'CONTOSO\web$' not found. Check the name again.".to_owned();
    server.faults().once_for("FROM WINDOWS", Fault::Error { number: 15401, text });
    let mut command = command(&["migrate", "--grant", r"CONTOSO\web$"]);
    let output = command.env("connectionstring", server.connection_string("sa")).output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for words in [r"cannot look up CONTOSO\web$", "error 15401", "give the pod of SQL Server a gMSA of its own"] {
        assert!(said.contains(words), "{words:?} is not in:\n{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_without_the_schema_and_the_database_master() {
    let server = StandIn::builder().login("sa", "Secret-1").database("Bookstore").start().await.unwrap();
    let empty = Expected {
        row: 23,
        produced: "a database that was never migrated",
        link: "schema",
        cause: "the database Bookstore has no schema of this version yet",
        fix: "bookstore migrate",
        exit: 2,
    };
    let text = server.connection_string("sa");
    expect(&text, empty).await;
    let cause = "put into master, as the string names no database";
    expect(&format!("{text};Database=master"), Expected { cause, fix: "Database=Bookstore", ..empty }).await;
}
