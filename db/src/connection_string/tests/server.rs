//! Data sources.

use super::{error, parse, sql_server};
use crate::connection_string::{ParseError, Warning};

fn address(source: &str) -> (String, Option<u16>, Option<String>) {
    let server = sql_server(&format!("Server={source};Integrated Security=true")).server;
    (server.host, server.port, server.instance)
}

#[test]
fn data_source_parses_as_in_sqlclient() {
    for (source, host, port, instance) in [
        ("h", "h", None, None),
        ("TCP:h", "h", None, None),
        ("tcp : h , 1444 ", "h", Some(1444), None),
        ("h,1444", "h", Some(1444), None),
        ("sql-1.corp.example.com", "sql-1.corp.example.com", None, None),
        ("my_server", "my_server", None, None),
        ("bücher.example", "bücher.example", None, None),
        ("h\\SQLEXPRESS", "h", None, Some("SQLEXPRESS")),
        (" h \\ inst$1 ", "h", None, Some("inst$1")),
        ("tcp:h\\inst", "h", None, Some("inst")),
        (".", "localhost", None, None),
        ("(local)", "localhost", None, None),
        ("(LOCAL)\\x", "localhost", None, Some("x")),
        (",1433", "localhost", Some(1433), None),
        ("tcp:", "localhost", None, None),
        ("localhost", "localhost", None, None),
        ("10.0.0.7,1433", "10.0.0.7", Some(1433), None),
        ("::1", "::1", None, None),
        ("tcp:::1,1433", "::1", Some(1433), None),
        ("[::1],1433", "::1", Some(1433), None),
        ("fe80::1%eth0", "fe80::1%eth0", None, None),
    ] {
        let expected = (host.to_owned(), port, instance.map(str::to_owned));
        assert_eq!(address(source), expected, "{source}");
    }
}

#[test]
fn every_synonym_of_server_is_accepted() {
    for keyword in ["Data Source", "server", "ADDRESS", "Addr", "Network Address"] {
        assert_eq!(sql_server(&format!("{keyword}=h,7;Integrated Security=true")).server.port, Some(7), "{keyword}");
    }
}

#[test]
fn port_wins_over_instance_with_a_warning() {
    for source in ["h\\inst,1444", "h,1444\\inst", "h\\MSSQLSERVER,1444"] {
        assert_eq!(address(source), ("h".to_owned(), Some(1444), None), "{source}");
        let parsed = parse(&format!("Server={source};Integrated Security=true"));
        assert_eq!(parsed.warnings, [Warning::InstanceIgnored { port: 1444 }], "{source}");
    }
}

#[test]
fn address_prints_as_a_data_source() {
    for source in ["h", "h,1444", "h\\inst", "::1,1433"] {
        let settings = sql_server(&format!("Server={source};Integrated Security=true"));
        assert_eq!(settings.server.to_string(), source);
    }
}

#[test]
fn invalid_data_source_is_refused() {
    for source in [
        "h:1433",
        "http://h",
        "h/x",
        "tcp:h/x,1433",
        "h\\\\14330,1433",
        "h\\a\\b",
        "h\\a\\b,1433",
        "h\\a/b,1433",
        "h,1433\\a/b",
        "h,1433\\a\\b",
        "h,",
        "h,0",
        "h,65536",
        "h,abc",
        "h,1,2",
        "h\\",
        "h\\MSSQLServer",
        "a b",
        "[::1",
        "[h]",
        "(x)",
        "::g",
        "fe80::1%",
        "h\\instance-name-too-long",
        "'h;x'",
    ] {
        let error = error(&format!("Server={source};Integrated Security=true"));
        assert!(matches!(error, ParseError::InvalidValue { keyword: "Server", .. }), "{source}: {error}");
    }
    let long = error(&format!("Addr={};Integrated Security=true", "h".repeat(129)));
    assert_eq!(long, ParseError::ValueTooLong { keyword: "Addr", limit: 128 });
}

#[test]
fn protocols_other_than_tcp_are_refused_with_the_reason() {
    for (source, reason) in [
        ("np:h", "named pipes"),
        ("NP:\\\\h\\pipe\\sql\\query", "named pipes"),
        ("\\\\h\\pipe\\sql\\query", "named pipe"),
        ("tcp:\\\\h\\pipe,1433", "named pipe"),
        ("tcp: \\\\.\\pipe\\sql\\query", "named pipe"),
        ("\\\\h,1433", "named pipe"),
        ("lpc:h", "shared memory"),
        ("admin:h", "administrator"),
        ("(localdb)\\MSSQLLocalDB", "LocalDB"),
        ("tcp:(LocalDB)\\x", "LocalDB"),
    ] {
        let error = error(&format!("Data Source={source};Integrated Security=true"));
        assert!(matches!(error, ParseError::Refused { keyword: "Data Source", .. }), "{source}: {error}");
        assert!(error.to_string().contains(reason), "{source}: {error}");
    }
}

#[test]
fn missing_server_says_what_to_write() {
    for text in ["", " ; ;", "Integrated Security=true", "Server=;Integrated Security=true", "Server=h;Addr=''"] {
        let error = error(text);
        assert_eq!(error, ParseError::MissingServer, "{text}");
        assert!(error.to_string().contains("Server=host,port"));
    }
}
