//! Logins: SQL, integrated, embedded.

use super::{error, parse, sql_server};
use crate::connection_string::{
    ConnectionString, DEFAULT_CONNECTION_STRING, EmbeddedLogin, EmbeddedSettings, Login, ParseError, Password, Target,
    Warning,
};

fn sa(password: &str) -> Login {
    Login::Sql { user: "sa".to_owned(), password: Password::new(password) }
}

#[test]
fn gmsa_string_of_the_demo_uses_integrated_security() {
    let settings = sql_server("Server=containersql-bookstore-service; Database = Bookstore; Trusted_Connection=true;");
    assert_eq!(settings.server.host, "containersql-bookstore-service");
    assert_eq!(settings.database.as_deref(), Some("Bookstore"));
    assert_eq!(settings.login, Login::Integrated);
}

#[test]
fn sql_string_of_the_demo_uses_a_sql_login() {
    let text = "Server=containersql-bookstore-service; Database = Bookstore; User Id=sa; Password = <<PASSWORD>>;";
    let settings = sql_server(text);
    assert_eq!(settings.server.host, "containersql-bookstore-service");
    assert_eq!(settings.database.as_deref(), Some("Bookstore"));
    assert_eq!(settings.login, sa("<<PASSWORD>>"));
    assert_eq!(parse(text).warnings, [Warning::Placeholder { keyword: "Password", form: "<<…>>" }]);
}

#[test]
fn every_value_of_integrated_security_is_accepted() {
    for word in ["true", "True", "YES", "sspi", "SSPI", "\" true \""] {
        assert_eq!(sql_server(&format!("Server=h;Integrated Security={word}")).login, Login::Integrated, "{word}");
    }
    for word in ["false", "No"] {
        let text = format!("Server=h;Trusted_Connection={word};UID=sa;PWD=x");
        assert_eq!(sql_server(&text).login, sa("x"), "{word}");
    }
}

#[test]
fn user_with_integrated_security_is_ignored_with_a_warning() {
    let parsed = parse("Server=h;UID=sa;Password=hunter2;Integrated Security=sspi");
    assert_eq!(
        parsed.warnings,
        [Warning::LoginIgnored { keyword: "UID" }, Warning::LoginIgnored { keyword: "Password" }]
    );
    assert!(!parsed.to_secret_string().contains("hunter2"));
}

#[test]
fn user_without_a_password_gets_an_empty_one() {
    for text in ["Server=h;User=sa", "Server=h;User=sa;Password=", "Server=h;User=sa;Password=x;PWD=''"] {
        assert_eq!(sql_server(text).login, sa(""), "{text}");
        assert_eq!(parse(text).warnings, [Warning::EmptyPassword], "{text}");
    }
}

#[test]
fn missing_login_names_both_kinds() {
    for text in ["Server=h", "Server=h;Password=x", "Server=h;User ID=;Integrated Security=no", "Server=(embedded)"] {
        let error = error(text);
        assert_eq!(error, ParseError::MissingLogin, "{text}");
        assert!(error.to_string().contains("Integrated Security=true") && error.to_string().contains("User ID="));
    }
}

#[test]
fn integrated_security_with_authentication_is_refused() {
    let error = error("Server=h;Integrated Security=true;Authentication=SqlPassword");
    assert!(matches!(error, ParseError::Refused { keyword: "Authentication", .. }), "{error}");
}

#[test]
fn entra_login_is_refused_before_anything_else_is_missing() {
    for text in [
        "Server=h;User ID=u;Password=p;Authentication=ActiveDirectoryIntegrated",
        "Server=h;Authentication=Active Directory Managed Identity",
        "Server=tcp:h.database.windows.net,1433;Encrypt=True;Authentication=\"Active Directory Default\";",
        "Server=h;Integrated Security=true;Authentication=activedirectorydefault",
        "Authentication=Active Directory Workload Identity",
        "Server=http://h;Authentication=Active Directory Whatever",
    ] {
        let error = error(text).to_string();
        assert!(error.starts_with("Authentication: logins of Microsoft Entra ID"), "{text}: {error}");
    }
    for method in ["Sql Password", "SqlPassword", "' SQL PASSWORD '"] {
        assert_eq!(sql_server(&format!("Server=h;UID=sa;PWD=x;Authentication={method}")).login, sa("x"), "{method}");
    }
}

#[test]
fn windows_account_as_user_causes_a_warning() {
    for user in ["CONTOSO\\jane", "webgmsa$", "NT AUTHORITY\\NETWORK SERVICE", ".\\jane", "'CONTOSO\\web$'"] {
        let warnings = parse(&format!("Server=h;UID={user};PWD=x")).warnings;
        assert_eq!(warnings, [Warning::WindowsAccount { keyword: "UID" }], "{user}");
        assert!(warnings[0].to_string().contains("write Integrated Security=true"));
    }
    for user in ["sa", "jane@contoso.com", "web$app", "shop-user"] {
        assert_eq!(parse(&format!("Server=h;User ID={user};Password=x")).warnings, [], "{user}");
    }
}

#[test]
fn placeholder_left_in_causes_a_warning() {
    for (password, form) in [
        ("{your_password}", "{…}"),
        ("{your_password_here}", "{…}"),
        ("<password>", "<…>"),
        ("<your-password>", "<…>"),
        ("<<PASSWORD>>", "<<…>>"),
        ("[Your Password]", "[…]"),
        ("%SA_PASSWORD%", "%…%"),
        ("${SA_PASSWORD}", "${…}"),
        ("$(DB_2)", "$(…)"),
        ("{{ .Values.password }}", "{{…}}"),
    ] {
        let warnings = parse(&format!("Server=h;User ID=sa;Password={password}")).warnings;
        assert_eq!(warnings, [Warning::Placeholder { keyword: "Password", form }], "{password}");
    }
    for password in ["{hunter}", "<x>", "{pass1word}", "$(", "%%", "{}", "pass{word}", "[brackets]"] {
        assert_eq!(parse(&format!("Server=h;User ID=sa;Password={password}")).warnings, [], "{password}");
    }
    let user = parse("Server=h;User ID={your_username};Password=x").warnings;
    assert_eq!(user, [Warning::Placeholder { keyword: "User ID", form: "{…}" }]);
}

#[test]
fn default_string_uses_the_embedded_store() {
    assert_eq!(parse(DEFAULT_CONNECTION_STRING), ConnectionString::default());
}

#[test]
fn embedded_store_uses_the_user_and_ignores_options() {
    let parsed =
        parse("Server = (Embedded) ;User ID=sa;Password=hunter2;Encrypt=true;Initial File Name='/data/my books.db'");
    let settings = EmbeddedSettings { file: "/data/my books.db".into(), login: EmbeddedLogin::User("sa".to_owned()) };
    assert_eq!(parsed.target, Target::Embedded(settings));
    let keywords = parsed.warnings.iter().map(|warning| match warning {
        Warning::NoEffect { keyword, .. } => *keyword,
        other => panic!("{other}"),
    });
    assert_eq!(keywords.collect::<Vec<_>>(), ["Password", "Encrypt"]);
}

#[test]
fn embedded_store_refuses_invalid_values() {
    assert!(matches!(error("Server=(embedded);UID=sa;Max Pool Size=0"), ParseError::InvalidValue { .. }));
    assert!(matches!(error("Server=(embedded);UID=sa;AttachDbFilename=|DataDirectory|x"), ParseError::Refused { .. }));
}
