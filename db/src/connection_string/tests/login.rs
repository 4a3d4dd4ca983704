//! Who logs in.

use super::{error, parse, sql_server};
use crate::connection_string::{
    ConnectionString, DEFAULT_CONNECTION_STRING, EmbeddedLogin, EmbeddedSettings, Login, ParseError, Password, Target,
    Warning,
};

fn sa(password: &str) -> Login {
    Login::Sql { user: "sa".to_owned(), password: Password::new(password) }
}

#[test]
fn the_gmsa_string_of_the_replaced_demo_asks_for_integrated_security() {
    let settings = sql_server("Server=containersql-bookstore-service; Database = Bookstore; Trusted_Connection=true;");
    assert_eq!(settings.server.host, "containersql-bookstore-service");
    assert_eq!(settings.database.as_deref(), Some("Bookstore"));
    assert_eq!(settings.login, Login::Integrated);
}

#[test]
fn the_sql_string_of_the_replaced_demo_asks_for_a_sql_login() {
    let text = "Server=containersql-bookstore-service; Database = Bookstore; User Id=sa; Password = <<PASSWORD>>;";
    let settings = sql_server(text);
    assert_eq!(settings.server.host, "containersql-bookstore-service");
    assert_eq!(settings.database.as_deref(), Some("Bookstore"));
    assert_eq!(settings.login, sa("<<PASSWORD>>"));
    assert_eq!(parse(text).warnings, []);
}

#[test]
fn every_word_for_integrated_security_is_taken() {
    for word in ["true", "True", "YES", "sspi", "SSPI", "\" true \""] {
        assert_eq!(sql_server(&format!("Server=h;Integrated Security={word}")).login, Login::Integrated, "{word}");
    }
    for word in ["false", "No"] {
        let text = format!("Server=h;Trusted_Connection={word};UID=sa;PWD=x");
        assert_eq!(sql_server(&text).login, sa("x"), "{word}");
    }
}

#[test]
fn a_user_beside_integrated_security_is_dropped_with_a_warning() {
    let parsed = parse("Server=h;UID=sa;Password=hunter2;Integrated Security=sspi");
    assert_eq!(
        parsed.warnings,
        [Warning::LoginIgnored { keyword: "UID" }, Warning::LoginIgnored { keyword: "Password" }]
    );
    assert!(!parsed.to_secret_string().contains("hunter2"));
}

#[test]
fn a_user_without_a_password_is_tried_with_an_empty_one() {
    for text in ["Server=h;User=sa", "Server=h;User=sa;Password=", "Server=h;User=sa;Password=x;PWD=''"] {
        assert_eq!(sql_server(text).login, sa(""), "{text}");
        assert_eq!(parse(text).warnings, [Warning::EmptyPassword], "{text}");
    }
}

#[test]
fn no_login_is_an_error_that_names_both_ways() {
    for text in ["Server=h", "Server=h;Password=x", "Server=h;User ID=;Integrated Security=no", "Server=(embedded)"] {
        let error = error(text);
        assert_eq!(error, ParseError::MissingLogin, "{text}");
        assert!(error.to_string().contains("Integrated Security=true") && error.to_string().contains("User ID="));
    }
}

#[test]
fn integrated_security_beside_an_authentication_method_is_refused_as_in_sql_client() {
    let error = error("Server=h;Integrated Security=true;Authentication=SqlPassword");
    assert!(matches!(error, ParseError::Refused { keyword: "Authentication", .. }), "{error}");
}

#[test]
fn an_entra_login_is_refused_and_the_sql_password_method_is_not() {
    for method in ["ActiveDirectoryIntegrated", "Active Directory Managed Identity", "activedirectorydefault"] {
        let error = error(&format!("Server=h;User ID=u;Password=p;Authentication={method}"));
        assert!(error.to_string().contains("Entra"), "{error}");
    }
    assert_eq!(sql_server("Server=h;UID=sa;PWD=x;Authentication=Sql Password").login, sa("x"));
}

#[test]
fn the_default_string_is_the_embedded_store_in_the_working_directory() {
    assert_eq!(parse(DEFAULT_CONNECTION_STRING), ConnectionString::default());
}

#[test]
fn on_the_embedded_store_a_user_is_a_name_and_options_of_connections_are_moot() {
    let parsed =
        parse("Server = (Embedded) ;User ID=sa;Password=hunter2;Encrypt=true;Initial File Name='/data/my books.db'");
    let settings = EmbeddedSettings { file: "/data/my books.db".into(), login: EmbeddedLogin::User("sa".to_owned()) };
    assert_eq!(parsed.target, Target::Embedded(settings));
    let keywords = parsed.warnings.iter().map(|warning| match warning {
        Warning::WithoutEffect { keyword, .. } => *keyword,
        other => panic!("{other}"),
    });
    assert_eq!(keywords.collect::<Vec<_>>(), ["Password", "Encrypt"]);
}

#[test]
fn a_bad_value_is_an_error_on_the_embedded_store_too() {
    assert!(matches!(error("Server=(embedded);UID=sa;Max Pool Size=0"), ParseError::InvalidValue { .. }));
    assert!(matches!(error("Server=(embedded);UID=sa;AttachDbFilename=|DataDirectory|x"), ParseError::Refused { .. }));
}
