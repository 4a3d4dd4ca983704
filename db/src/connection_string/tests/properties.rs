//! Properties of all connection strings.

use proptest::{option, prelude::*, sample::select};

use crate::connection_string::{ConnectionString, Login, Target, grammar, keywords::Keyword};

/// A text that no keyword and no message contains.
const SECRET: &str = "hunter2";

fn spelling() -> impl Strategy<Value = &'static str> {
    let all: Vec<_> = Keyword::ALL.iter().flat_map(|keyword| keyword.spellings()).copied().collect();
    select(all)
}

/// Fragments of nearly valid strings.
fn fragment() -> impl Strategy<Value = String> {
    const VALUES: &[&str] = &[
        "true",
        "no",
        "sspi",
        "h",
        "tcp:h,1",
        "h\\i",
        "(embedded)",
        "1",
        "600",
        "Strict",
        "ReadOnly",
        "hunter2",
        "x y",
    ];
    const MARKS: &[&str] = &["=", "=", "=", ";", ";", ";", "==", "\"", "'", "\"\"", " ", "\0", "\u{1}", "\n", ",", "|"];
    prop_oneof![
        4 => spelling().prop_map(str::to_owned),
        4 => select(VALUES).prop_map(str::to_owned),
        6 => select(MARKS).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ]
}

fn fragments() -> impl Strategy<Value = String> {
    prop::collection::vec(fragment(), 0..30).prop_map(|fragments| fragments.concat())
}

/// A value in one of the quoting styles.
fn written(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (value, 0..3).prop_map(|(value, how)| match how {
        0 => grammar::quote(&value),
        1 => format!("\"{}\"", value.replace('"', "\"\"")),
        _ => format!("'{}'", value.replace('\'', "''")),
    })
}

fn pair(keyword: &'static str, value: impl Strategy<Value = String>) -> impl Strategy<Value = Option<String>> {
    option::of(written(value).prop_map(move |value| format!("{keyword} = {value}")))
}

/// Valid strings.
fn valid() -> impl Strategy<Value = String> {
    let name = || "[^\0]{1,40}";
    let server =
        select(&["h", "tcp:h,1444", "h\\inst", ".", "::1", "(embedded)", "h\\inst,7"][..]).prop_map(str::to_owned);
    let switch = || select(&["true", "no", " YES "][..]).prop_map(str::to_owned);
    let number = |low: u32, high: u32| (low..=high).prop_map(|number| number.to_string());
    let login = (written(name()), option::of(written(name()))).prop_map(|(user, password)| match password {
        Some(password) => format!("User ID={user};PWD={password}"),
        None => format!("UID={user};Trusted_Connection=sspi"),
    });
    let texts = (
        pair("Initial Catalog", name()),
        pair("App", name()),
        pair("WSID", name()),
        pair("Server SPN", name()),
        pair("Server Certificate", name()),
    );
    let switches = (
        pair("TrustServerCertificate", switch()),
        pair("MultiSubnetFailover", switch()),
        pair("Pooling", switch()),
        pair("Encrypt", select(&["Strict", "false", "yes"][..]).prop_map(str::to_owned)),
        pair("Application Intent", select(&["ReadOnly", "READWRITE"][..]).prop_map(str::to_owned)),
    );
    let numbers = (
        pair("Timeout", number(0, 100)),
        pair("Command Timeout", number(0, i32::MAX as u32)),
        pair("Packet Size", number(512, 32768)),
        pair("Max Pool Size", number(50, 200)),
        pair("Min Pool Size", number(0, 50)),
        pair("Connection Lifetime", number(0, 9)),
        pair("ConnectRetryCount", number(0, 255)),
        pair("ConnectRetryInterval", number(1, 60)),
    );
    (server, login, texts, switches, numbers).prop_map(|(server, login, t, s, n)| {
        let options = [t.0, t.1, t.2, t.3, t.4, s.0, s.1, s.2, s.3, s.4, n.0, n.1, n.2, n.3, n.4, n.5, n.6, n.7];
        let file = if server == "(embedded)" { "AttachDbFilename='a b.db'" } else { "" };
        let pairs: Vec<_> = options.into_iter().flatten().collect();
        format!("Server={server};{file};{login};{}", pairs.join(" ; "))
    })
}

/// Checks that a printed string parses to the same target and prints again to the same string.
fn check_round_trip(parsed: &ConnectionString) -> Result<(), TestCaseError> {
    let printed = parsed.to_secret_string();
    let again =
        ConnectionString::parse(&printed).map_err(|error| TestCaseError::fail(format!("{printed}: {error}")))?;
    prop_assert_eq!(&again.target, &parsed.target, "{}", printed);
    prop_assert_eq!(again.to_secret_string(), printed);
    Ok(())
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = ConnectionString::parse(&text);
    }

    #[test]
    fn accepted_string_round_trips(text in fragments()) {
        if let Ok(parsed) = ConnectionString::parse(&text) {
            check_round_trip(&parsed)?;
        }
    }

    #[test]
    fn valid_string_is_accepted_and_round_trips(text in valid()) {
        let parsed = ConnectionString::parse(&text).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        check_round_trip(&parsed)?;
    }

    #[test]
    fn quoted_password_is_never_shown(head in "[^\0]{0,20}", tail in "[^\0]{0,20}", rest in fragments()) {
        let password = format!("{head}{SECRET}{tail}");
        let rest = rest.replace(SECRET, "");
        for text in [
            format!("Server=h;User ID=sa;Password={};{rest}", grammar::quote(&password)),
            format!("{rest};Server=h;User ID=sa;Password={}", grammar::quote(&password)),
        ] {
            match ConnectionString::parse(&text) {
                Ok(parsed) => {
                    let shown = format!("{parsed} {parsed:?}");
                    prop_assert!(!shown.contains(SECRET), "{}", shown);
                }
                Err(error) => prop_assert!(!format!("{error} {error:?}").contains(SECRET), "{}", error),
            }
        }
    }

    #[test]
    fn unquoted_password_is_in_no_error(head in fragments(), tail in fragments()) {
        let text = format!("Server=h;User ID=sa;Password={head}{SECRET}{tail}");
        match ConnectionString::parse(&text) {
            Err(error) => prop_assert!(!format!("{error} {error:?}").contains(SECRET), "{}", error),
            Ok(parsed) => {
                let warnings = format!("{:?}", parsed.warnings);
                prop_assert!(!warnings.contains(SECRET), "{}", warnings);
            }
        }
    }

    #[test]
    fn quoted_password_is_read_unchanged(password in "[^\0]{1,60}") {
        let text = format!("Server=h;User ID=sa;Password={}", grammar::quote(&password));
        let parsed = ConnectionString::parse(&text).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let Target::SqlServer(settings) = parsed.target else { return Err(TestCaseError::fail("embedded")) };
        let Login::Sql { password: read, .. } = settings.login else { return Err(TestCaseError::fail("integrated")) };
        prop_assert_eq!(read.expose(), password);
    }
}
