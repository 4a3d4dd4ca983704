//! Strings of other drivers and tools: each is named and answered with the equivalent string, without the password.

use proptest::prelude::*;

use super::{error, parse};
use crate::connection_string::{ConnectionString, LoginDoubt, ParseError, Target};

/// The format and the equivalent of a string with the password `hunter2`.
fn answer(text: &str) -> (&'static str, String) {
    let error = error(text);
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{text}: {error}");
    match error {
        ParseError::OtherFormat { format, equivalent: Some(equivalent) } => {
            if !equivalent.contains("<server>") && (equivalent.contains("User ID") || equivalent.contains("Integrated"))
            {
                parse(&equivalent);
            }
            (format, equivalent)
        }
        other => panic!("{text}: {other}"),
    }
}

#[test]
fn odbc_string_is_answered_with_the_equivalent() {
    for (text, equivalent) in [
        (
            "Driver={ODBC Driver 18 for SQL Server};Server=tcp:db.contoso.com,1433;Database=Bookstore;Uid=sa;\
             Pwd={hunter2};Encrypt=yes;TrustServerCertificate=no;Connection Timeout=30;",
            "Data Source=tcp:db.contoso.com,1433;Initial Catalog=Bookstore;User ID=sa;Password=<password>;\
             Encrypt=Mandatory;Trust Server Certificate=false;Connect Timeout=30",
        ),
        (
            "DRIVER=FreeTDS;SERVER=db;PORT=1444;DATABASE=My Books;UID=sa;PWD=hunter2;TDS_Version=7.4",
            "Data Source=db,1444;Initial Catalog=\"My Books\";User ID=sa;Password=<password>",
        ),
        (
            "Server=db\\SQLEXPRESS;Driver={SQL Server};Trusted_Connection=Yes;Database={a;b}",
            "Data Source=db\\SQLEXPRESS;Initial Catalog=\"a;b\";Integrated Security=true",
        ),
        (
            "Driver={ODBC Driver 17 for SQL Server};Server=db;UID=sa;PWD={a}}hunter2;x};MARS_Connection=yes;APP=shop",
            "Data Source=db;User ID=sa;Password=<password>;Application Name=shop",
        ),
        ("DSN=books;UID=sa;PWD=hunter2", "Data Source=<server>;User ID=sa;Password=<password>"),
        ("odbc:server={db};user id={sa};password={hunter2}", "Data Source=db;User ID=sa;Password=<password>"),
        (
            "Driver=x;Server=db;UID=sa;PWD=abc;hunter2;Encrypt=hunter2",
            "Data Source=db;User ID=sa;Password=<password>;Encrypt=Mandatory",
        ),
    ] {
        assert_eq!(answer(text), ("an ODBC connection string", equivalent.to_owned()), "{text}");
    }
}

#[test]
fn ole_db_string_is_answered_with_the_equivalent() {
    for (text, equivalent) in [
        (
            "Provider=MSOLEDBSQL19;Data Source=db,1444;Initial Catalog=Books;User Id=sa;Password=\"hunter2;\";\
             Use Encryption for Data=Mandatory;",
            "Data Source=db,1444;Initial Catalog=Books;User ID=sa;Password=<password>;Encrypt=Mandatory",
        ),
        (
            "Provider=SQLOLEDB.1;Integrated Security=SSPI;Persist Security Info=False;Initial Catalog=Books;\
             Data Source=db.contoso.com",
            "Data Source=db.contoso.com;Initial Catalog=Books;Integrated Security=true",
        ),
    ] {
        assert_eq!(answer(text), ("an OLE DB connection string", equivalent.to_owned()), "{text}");
    }
}

#[test]
fn url_is_answered_with_the_equivalent() {
    for (text, format, equivalent) in [
        (
            "jdbc:sqlserver://db.contoso.com:1433;databaseName=Books;user=sa;password=hunter2;encrypt=true;\
             trustServerCertificate=false;hostNameInCertificate=*.contoso.com;loginTimeout=30;",
            "a JDBC URL",
            "Data Source=db.contoso.com,1433;Initial Catalog=Books;User ID=sa;Password=<password>;Encrypt=Mandatory;\
             Trust Server Certificate=false;Host Name In Certificate=*.contoso.com;Connect Timeout=30",
        ),
        (
            "jdbc:sqlserver://sa:hunter2@db:1433;databaseName=Books",
            "a JDBC URL",
            "Data Source=db,1433;Initial Catalog=Books;User ID=sa;Password=<password>",
        ),
        (
            "jdbc:sqlserver://db;databaseName=Books;user=sa@contoso;password=hunter2",
            "a JDBC URL",
            "Data Source=db;Initial Catalog=Books;User ID=sa@contoso;Password=<password>",
        ),
        (
            "JDBC:SQLServer://db\\SQLEXPRESS;integratedSecurity=true;authenticationScheme=JavaKerberos",
            "a JDBC URL",
            "Data Source=db\\SQLEXPRESS;Integrated Security=true",
        ),
        (
            "jdbc:sqlserver://;serverName=db;instanceName=i;portNumber=1444;user={sa};password={hunter2;}",
            "a JDBC URL",
            "Data Source=db,1444;User ID=sa;Password=<password>",
        ),
        (
            "jdbc:jtds:sqlserver://db:1433/Books;user=sa;password=hunter2",
            "a JDBC URL of jTDS",
            "Data Source=db,1433;Initial Catalog=Books;User ID=sa;Password=<password>",
        ),
        (
            "sqlserver://db:1433;database=Books;user=sa;password=hunter2@x;encrypt=DANGER_PLAINTEXT",
            "a sqlserver:// URL",
            "Data Source=db,1433;Initial Catalog=Books;User ID=sa;Password=<password>;Encrypt=Optional",
        ),
        (
            "sqlserver://sa:hunter2%21@db:1433/SQLEXPRESS?database=Books&connection+timeout=30&encrypt=disable",
            "a sqlserver:// URL",
            "Data Source=db,1433;Initial Catalog=Books;User ID=sa;Password=<password>;Encrypt=Optional;Connect Timeout=30",
        ),
        (
            "sqlserver://CONTOSO%5Cjane:hunter2;x@db/i?app+name=shop",
            "a sqlserver:// URL",
            "Data Source=db\\i;User ID=CONTOSO\\jane;Password=<password>;Application Name=shop",
        ),
        (
            "mssql+pyodbc://sa:hunter2@db:1433/Books?driver=ODBC+Driver+18+for+SQL+Server&TrustServerCertificate=yes",
            "a URL of SQLAlchemy",
            "Data Source=db,1433;Initial Catalog=Books;User ID=sa;Password=<password>;Trust Server Certificate=true",
        ),
        (
            "mssql+pyodbc:///?odbc_connect=Driver%3D%7BSQL+Server%7D%3BServer%3Ddb%3BUID%3Dsa%3BPWD%3Dhunter2",
            "a URL of SQLAlchemy",
            "Data Source=db;User ID=sa;Password=<password>",
        ),
        (
            "mssql+pymssql://sa:hunter2@[::1]:1444/Books",
            "a URL of SQLAlchemy",
            "Data Source=[::1],1444;Initial Catalog=Books;User ID=sa;Password=<password>",
        ),
        (
            "mssql://sa:hunter2@db/Books?encrypt=true",
            "an mssql:// URL",
            "Data Source=db;Initial Catalog=Books;User ID=sa;Password=<password>;Encrypt=Mandatory",
        ),
    ] {
        assert_eq!(answer(text), (format, equivalent.to_owned()), "{text}");
        assert_eq!(answer(&format!("\"{text}\"")).0, format, "{text} in quotation marks");
    }
}

#[test]
fn password_with_a_delimiter_yields_no_equivalent() {
    for url in [
        "sqlserver://sa:12/hunter2@db",
        "mssql://sa:x?hunter2@db/b",
        "mssql+pyodbc://sa:h@x#hunter2@db:1/b",
        "jdbc:sqlserver://sa:12;database=hunter2@db;databaseName=b",
        "jdbc:sqlserver://sa:x;database=hunter2",
        "jdbc:sqlserver://sa:x/hunter2;databaseName=b",
        "sqlserver://sa:x/hunter2",
    ] {
        let error = error(url);
        assert!(matches!(error, ParseError::OtherFormat { equivalent: None, .. }), "{error:?}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}

#[test]
fn entra_login_of_another_format_is_refused_as_such() {
    for text in [
        "Driver={ODBC Driver 18 for SQL Server};Server=db;Authentication=ActiveDirectoryMsi",
        "jdbc:sqlserver://db;authentication=ActiveDirectoryManagedIdentity",
        "sqlserver://db?fedauth=ActiveDirectoryDefault",
    ] {
        assert!(error(text).to_string().contains("Microsoft Entra ID"), "{text}");
    }
}

#[test]
fn base64_is_answered_with_the_decoded_string() {
    let expected = "Data Source=db;Initial Catalog=Books;User ID=sa;Password=<password>";
    // Server=db;Database=Books;User ID=sa;Password=hunter2, in UTF-8 and UTF-16, with and without padding and line
    // breaks.
    for text in [
        "U2VydmVyPWRiO0RhdGFiYXNlPUJvb2tzO1VzZXIgSUQ9c2E7UGFzc3dvcmQ9aHVudGVyMg==",
        "U2VydmVyPWRiO0RhdGFiYXNlPUJvb2tzO1VzZXIgSUQ9c2E7UGFzc3dvcmQ9aHVudGVyMg",
        "U2VydmVyPWRiO0RhdGFiYXNlPUJvb2tz\nO1VzZXIgSUQ9c2E7UGFzc3dvcmQ9aHVudGVyMg==\n",
        "UwBlAHIAdgBlAHIAPQBkAGIAOwBEAGEAdABhAGIAYQBzAGUAPQBCAG8AbwBrAHMAOwBVAHMAZQByACAASQBEAD0AcwBhADsAUABhAHMAcwB3AG8A\
         cgBkAD0AaAB1AG4AdABlAHIAMgA=",
    ] {
        assert_eq!(answer(text), ("a connection string in base64", expected.to_owned()), "{text}");
    }
    let other = error("bm90IGEgY29ubmVjdGlvbiBzdHJpbmc=");
    assert!(!matches!(other, ParseError::OtherFormat { .. }), "{other}");
}

#[test]
fn password_placeholder_of_an_equivalent_is_noticed_if_left_in() {
    let (_, equivalent) = answer("Driver=x;Server=db;UID=sa;PWD=hunter2");
    let Target::SqlServer(settings) = parse(&equivalent).target else { panic!("{equivalent}") };
    assert_eq!(settings.login.doubts(), [LoginDoubt::PasswordPlaceholder("<…>")]);
}

proptest! {
    #[test]
    fn no_equivalent_contains_the_password(head in "[^\0]{0,12}", tail in "[^\0]{0,12}") {
        let password = format!("{head}hunter2{tail}");
        let in_braces = password.replace('}', "}}");
        let encoded: String = form_urlencoded::byte_serialize(password.as_bytes()).collect();
        for text in [
            format!("Driver={{x}};Server=db;UID=sa;PWD={{{in_braces}}};Encrypt=yes"),
            format!("Driver={{x}};Server=db;UID=sa;PWD={password}"),
            format!("jdbc:sqlserver://db;user=sa;password={{{in_braces}}};databaseName=b"),
            format!("sqlserver://db;user=sa;password={password}"),
            format!("sqlserver://sa:{encoded}@db?database=b"),
            format!("sqlserver://sa:{password}@db?database=b"),
            format!("mssql+pyodbc://sa:{password}@db/b?driver=x"),
            format!("jdbc:sqlserver://sa:{password}@db:1433;databaseName=b"),
            format!("sqlserver://sa:{encoded}@db;database=b"),
            format!("sqlserver://sa:{encoded}"),
            format!("sqlserver://sa%3A{encoded}@db"),
            format!("sqlserver://sa%3A{encoded}%40db"),
            format!("jdbc:sqlserver://dom\\sa:{encoded}"),
            format!("jdbc:sqlserver://db;serverName=sa:{password}@db;databaseName=b"),
            format!("Driver={{x}};Server=sa:{encoded}@db;Database=b"),
            format!("Driver={{x}};Server=tcp:sa:{encoded}@db,1433;Database=b"),
        ] {
            if let Err(error) = ConnectionString::parse(&text) {
                prop_assert!(!format!("{error} {error:?}").contains("hunter2"), "{}: {}", text, error);
            }
        }
    }
}
