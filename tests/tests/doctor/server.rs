//! Known failures without a directory: the server's name and port, SQL logins, the schema.

use std::time::Duration;

use super::known_failure::{ExpectedVerdict, assert_verdict, doctor};
use bookstore_tests::fixture::{settings, shop_server};
use bookstore_tests::shop::command;
use bookstore_tests::sql;
use sql_server_stand_in::{Fault, StandIn};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sql_login_with_its_permissions_is_healthy() {
    let server = shop_server().await;
    let run = doctor(&server.connection_string("webapp")).await;
    assert_eq!((run.exit, &run.report["verdict"]["state"]), (Some(0), &"healthy".into()), "{}", run.text);
    assert!(run.report["checks"].as_array().unwrap().iter().all(|check| check["status"] == "passed"), "{}", run.text);
    assert_eq!(run.report["not_visible"], serde_json::json!([]));
    let day = &run.report["at"].as_str().unwrap()[..10];
    assert_eq!(run.text.matches(day).count(), 1, "the time of the run is printed once: {}", run.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unreachable_names_and_ports_are_explained() {
    let mut server = shop_server().await;
    let text = server.connection_string("webapp");
    assert_verdict(
        "Server=no-such-host.invalid;User ID=sa;Password=x",
        ExpectedVerdict {
            known_failure: 28,
            produced: "a name that does not resolve",
            link: "server-name",
            cause: "no-such-host.invalid is not in the DNS",
            fix: "Server=",
            exit: 2,
        },
    )
    .await;
    assert_verdict(
        &format!("{text};Server=localhost\\NOSUCH"),
        ExpectedVerdict {
            known_failure: 28,
            produced: "a named instance without SQL Server Browser",
            link: "server-port",
            cause: "SQL Server Browser on localhost does not report the port of NOSUCH",
            fix: "Server=localhost,<port>",
            exit: 2,
        },
    )
    .await;
    server.stop().await;
    assert_verdict(
        &text,
        ExpectedVerdict {
            known_failure: 28,
            produced: "a server that is stopped",
            link: "server-port",
            cause: "SQL Server does not run on localhost",
            fix: "Server=localhost,<port>",
            exit: 2,
        },
    )
    .await;
    let (port, _full) = port_that_drops_packets().await;
    assert_verdict(
        &format!("Server=127.0.0.1,{port};User ID=sa;Password=x"),
        ExpectedVerdict {
            known_failure: 28,
            produced: "a port whose packets are dropped",
            link: "server-port",
            cause: "drops packets to 127.0.0.1:",
            fix: "kubectl get networkpolicy",
            exit: 2,
        },
    )
    .await;
}

/// A port whose accept queue is full, so that the kernel drops further packets: neither an answer nor a refusal.
async fn port_that_drops_packets() -> (u16, (TcpListener, Vec<TcpStream>)) {
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
async fn refused_sql_logins_are_explained() {
    let server = shop_server().await;
    let text = server.connection_string("webapp");
    let wrong = ExpectedVerdict {
        known_failure: 19,
        produced: "a wrong password",
        link: "login",
        cause: "the password of webapp is wrong",
        fix: "Password=",
        exit: 2,
    };
    assert_verdict(&format!("{text};Password=wrong"), wrong).await;
    assert_verdict(
        &format!("{text};Database=Elsewhere"),
        ExpectedVerdict {
            known_failure: 20,
            produced: "a database that does not exist",
            link: "database",
            cause: "the server has no database Elsewhere",
            fix: "bookstore migrate",
            exit: 2,
        },
    )
    .await;
    let only = "Login failed for user 'webapp'. Reason: An attempt to login using SQL authentication failed. Server \
        is configured for Windows authentication only.";
    for (number, reply, cause, fix) in [
        (18456, only, "accepts Windows logins only", "LoginMode"),
        (
            18452,
            "Login failed for user 'webapp'. The user is not associated with a trusted SQL Server connection.",
            "accepts Windows logins only",
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
            "Login failed for user 'webapp' because the account is currently locked out. The system administrator can \
             unlock it.",
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
        server.faults().always(Fault::RefuseLogin { number, state: 1, text: reply.to_owned() });
        assert_verdict(&text, ExpectedVerdict { cause, fix, produced: "SQL Server's number and text", ..wrong }).await;
        server.faults().clear();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn windows_account_and_placeholder_are_the_first_causes_of_a_refused_login() {
    let server = shop_server().await;
    let text = server.connection_string("webapp");
    for (wrong, cause) in [
        (r"User ID=CONTOSO\jane;Password=x", "a Windows account cannot log in by password"),
        ("User ID=webgmsa$;Password=x", "a Windows account cannot log in by password"),
        ("Password={your_password}", "Password in the connection string is still a placeholder of the form {…}"),
        ("User ID=$(DB_USER);Password=x", "User ID in the connection string is still a placeholder of the form $(…)"),
    ] {
        let run = doctor(&format!("{text};{wrong}")).await;
        let verdict = &run.report["verdict"];
        assert_eq!((run.exit, &verdict["link"]), (Some(2), &"login".into()), "{}", run.text);
        let causes = verdict["causes"].as_array().unwrap();
        assert!(causes[0]["what"].as_str().unwrap().starts_with(cause), "{verdict:#}");
        assert!(causes.iter().all(|cause| cause["distinguish_by"].is_string()), "{verdict:#}");
        assert_eq!(run.report["checks"][0]["status"], "warning", "{}", run.text);
    }
}

/// Known failure 21: `migrate --grant` meets it, a login never does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn account_unknown_to_sql_server_is_explained_by_grant() {
    let server = shop_server().await;
    let text = r"Windows NT user or group 'CONTOSO\web$' not found. Check the name again.".to_owned();
    server.faults().once_for("FROM WINDOWS", Fault::Error { number: 15401, text });
    let mut command = command(&["migrate", "--grant", r"CONTOSO\web$"]);
    let output = command.env("connectionstring", server.connection_string("sa")).output().await.unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    for part in [r"cannot look up CONTOSO\web$", "error 15401", "give the pod of SQL Server its own gMSA"] {
        assert!(stderr.contains(part), "{part:?} is not in:\n{stderr}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missing_schema_and_database_master_are_explained() {
    let server = StandIn::builder().login("sa", "Secret-1").database("Bookstore").start().await.unwrap();
    let empty = ExpectedVerdict {
        known_failure: 23,
        produced: "a database that was never migrated",
        link: "schema",
        cause: "the database Bookstore has no schema of this version yet",
        fix: "bookstore migrate",
        exit: 2,
    };
    let text = server.connection_string("sa");
    assert_verdict(&text, empty).await;
    let cause = "put into master, because the connection string names no database";
    assert_verdict(&format!("{text};Database=master"), ExpectedVerdict { cause, fix: "Database=Bookstore", ..empty })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spn_in_another_form_is_refused_before_the_network() {
    for spn in [
        "svc_sql@CONTOSO.COM",
        "MSSQLSvc/db.contoso.com",
        "MSSQLSvc/db.contoso.com:SALES",
        "MSSQLSvc/db.contoso.com:1433@CONTOSO.COM",
        "HTTP/db.contoso.com:1433",
    ] {
        let string = format!("Server=no-such-host.invalid;Database=Bookstore;Trusted_Connection=true;Server SPN={spn}");
        assert_verdict(
            &string,
            ExpectedVerdict {
                known_failure: 35,
                produced: "a Server SPN in another form",
                link: "connection-string",
                cause: "not of the form MSSQLSvc/<host>:<port>",
                fix: "Server SPN=MSSQLSvc/",
                exit: 2,
            },
        )
        .await;
        let output = command(&["migrate"]).env("connectionstring", &string).output().await.unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains(&format!("Server SPN={spn} is not of the form")), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_that_wait_for_writers_are_a_warning_with_the_statement() {
    let server = shop_server().await;
    let text = server.connection_string("sa");
    let off = "ALTER DATABASE [Bookstore] SET READ_COMMITTED_SNAPSHOT OFF WITH ROLLBACK IMMEDIATE";
    sql::batch(&settings(&format!("{text};Database=master")), off).await.unwrap();
    let run = doctor(&text).await;
    let verdict = &run.report["verdict"];
    assert_eq!((run.exit, &verdict["link"]), (Some(1), &"snapshot-reads".into()), "{}", run.text);
    let fix = &verdict["causes"][0]["fixes"][0];
    sql::batch(&settings(&format!("{text};Database=master")), fix["command"].as_str().unwrap()).await.unwrap();
    assert_eq!(doctor(&text).await.exit, Some(0));
}

/// Numbers of a database and of a server that start are not refused accounts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn starting_server_and_missing_database_are_explained_by_number() {
    let server = shop_server().await;
    for (number, reply, known_failure, link, cause) in [
        (911, "database \"Bookstore\" does not exist", 20, "database", "the server has no database Bookstore"),
        (4062, "Cannot open user default database.", 20, "database", "the server has no database Bookstore"),
        (922, "Database 'Bookstore' is being recovered.", 28, "database", "Bookstore is being recovered"),
        (18401, "Server is in script upgrade mode.", 28, "login", "the server is starting"),
    ] {
        server.faults().always(Fault::RefuseLogin { number, state: 1, text: reply.to_owned() });
        let expected = ExpectedVerdict {
            known_failure,
            produced: "SQL Server's number and text",
            link,
            cause,
            fix: if known_failure == 20 { "bookstore migrate" } else { "s" },
            exit: 2,
        };
        assert_verdict(&server.connection_string("webapp"), expected).await;
        server.faults().clear();
    }
}

/// A full log and a full file need different repairs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn full_log_and_full_file_are_explained_with_their_numbers() {
    let server = shop_server().await;
    for (number, reply, cause, fix) in [
        (
            9002,
            "The transaction log is full.",
            "the transaction log of the database Bookstore is full (error 9002)",
            "log_reuse",
        ),
        (
            1105,
            "Could not allocate space.",
            "the database Bookstore has no space left (error 1105)",
            "sys.database_files",
        ),
    ] {
        server.faults().once_for("ROLLBACK", Fault::Error { number, text: reply.to_owned() });
        let run = doctor(&server.connection_string("webapp")).await;
        let verdict = &run.report["verdict"];
        assert_eq!((run.exit, &verdict["link"]), (Some(2), &"write".into()), "{}", run.text);
        assert_eq!(verdict["causes"][0]["what"], cause, "{}", run.text);
        assert!(verdict["causes"][0]["fixes"][0]["command"].as_str().unwrap().contains(fix), "{}", run.text);
        server.faults().clear();
    }
}
