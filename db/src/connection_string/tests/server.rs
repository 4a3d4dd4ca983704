//! Data sources.

use super::{error, parse, sql_server};
use crate::connection_string::{ParseError, Warning};

fn address(source: &str) -> (String, Option<u16>, Option<String>) {
    let server = sql_server(&format!("Server={source};Integrated Security=true")).server;
    (server.host, server.port, server.instance)
}

#[test]
fn hosts_ports_and_instances_are_read_as_sql_client_reads_them() {
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
fn all_synonyms_of_the_server_are_honoured() {
    for keyword in ["Data Source", "server", "ADDRESS", "Addr", "Network Address"] {
        assert_eq!(sql_server(&format!("{keyword}=h,7;Integrated Security=true")).server.port, Some(7), "{keyword}");
    }
}

#[test]
fn a_port_wins_over_an_instance_with_a_warning() {
    for source in ["h\\inst,1444", "h,1444\\inst", "h\\MSSQLSERVER,1444"] {
        assert_eq!(address(source), ("h".to_owned(), Some(1444), None), "{source}");
        let parsed = parse(&format!("Server={source};Integrated Security=true"));
        assert_eq!(parsed.warnings, [Warning::InstanceIgnored { port: 1444 }], "{source}");
    }
}

#[test]
fn an_address_prints_as_a_connection_string_takes_it() {
    for source in ["h", "h,1444", "h\\inst", "::1,1433"] {
        let settings = sql_server(&format!("Server={source};Integrated Security=true"));
        assert_eq!(settings.server.to_string(), source);
    }
}

#[test]
fn what_is_not_a_host_with_a_port_is_an_error() {
    for source in [
        "h:1433",
        "http://h",
        "h/x",
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
fn other_ways_than_tcp_are_refused_with_the_reason() {
    for (source, reason) in [
        ("np:h", "named pipes"),
        ("NP:\\\\h\\pipe\\sql\\query", "named pipes"),
        ("\\\\h\\pipe\\sql\\query", "named pipes"),
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
fn a_missing_server_is_an_error_that_says_what_to_write() {
    for text in ["", " ; ;", "Integrated Security=true", "Server=;Integrated Security=true", "Server=h;Addr=''"] {
        let error = error(text);
        assert_eq!(error, ParseError::MissingServer, "{text}");
        assert!(error.to_string().contains("Server=host,port"));
    }
}
