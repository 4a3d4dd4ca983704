//! What the line and the facts say of a login.

use std::sync::Arc;

use askama::Template;
use bookstore_db::credentials::{Credentials, KerberosCredentials};
use bookstore_db::error::Error;
use bookstore_db::identity::{AuthScheme, Away, Encryption, Identity, LoginState};
use bookstore_db::store::PoolState;
use time::OffsetDateTime;

use super::credentials::CredentialsView;
use super::{IdentityFacts, IdentityLine, IdentityPage, Mark};
use crate::layout::{Frame, Section};

fn state(scheme: AuthScheme, encryption: Encryption) -> LoginState {
    let identity = Identity {
        login: r"BOOKSTORE\webgmsa$".into(),
        original_login: r"BOOKSTORE\webgmsa$".into(),
        auth_scheme: scheme,
        transport: Some("TCP".into()),
        spn: Some("MSSQLSvc/db.bookstore.local:1433".into()),
        encryption,
        server: "SQL1".into(),
        server_version: "16.0.4135.4".into(),
        database: "Bookstore".into(),
        client_address: Some("10.0.0.7".into()),
    };
    let since = Some(OffsetDateTime::now_utc() - time::Duration::minutes(90));
    LoginState { identity: Some(Arc::new(identity)), since, away: None }
}

fn away(state: LoginState) -> LoginState {
    let error = Error::Unavailable("cannot reach secret-host".into());
    LoginState { away: Some(Arc::new(Away { since: OffsetDateTime::now_utc(), error })), ..state }
}

fn kerberos() -> LoginState {
    state(AuthScheme::Kerberos, Encryption::Full)
}

#[test]
fn kerberos_over_an_encrypted_connection_carries_no_warning() {
    let html = IdentityLine::of(&kerberos()).to_string();
    assert!(html.contains("KERBEROS") && html.contains("webgmsa$"), "{html}");
    assert!(html.contains("SQL1") && html.contains("Bookstore") && !html.contains("warning"), "{html}");
    assert_eq!(Mark::of(&kerberos()), []);
}

#[test]
fn ntlm_and_a_connection_in_the_clear_are_warnings_wherever_the_identity_is_shown() {
    let ntlm = state(AuthScheme::Ntlm, Encryption::Full);
    let both = state(AuthScheme::Ntlm, Encryption::LoginOnly);
    assert_eq!((Mark::of(&ntlm), Mark::of(&both)), (vec![Mark::Ntlm], vec![Mark::Ntlm, Mark::NotEncrypted]));
    for (state, warnings) in [(ntlm, 1), (both, 2)] {
        let shown = [
            IdentityLine::of(&state).to_string(),
            IdentityFacts::of(&state).to_string(),
            IdentityFacts::short(&state).to_string(),
        ];
        for html in shown {
            assert_eq!(html.matches("warning").count(), warnings, "{html}");
        }
    }
}

#[test]
fn the_embedded_store_is_called_a_simulation() {
    let embedded = state(AuthScheme::Embedded, Encryption::NotApplicable);
    assert!(IdentityLine::of(&embedded).to_string().contains("simulation"));
    assert!(IdentityFacts::short(&embedded).to_string().contains("simulation"));
    assert_eq!(Mark::of(&embedded), [Mark::Embedded]);
}

#[test]
fn a_shop_that_never_reached_its_database_says_so() {
    let never = LoginState { identity: None, since: None, away: None };
    assert!(IdentityLine::of(&never).to_string().contains("Not connected"));
    assert!(IdentityLine::of(&away(never)).to_string().contains("cannot be reached now"));
}

#[test]
fn a_login_of_a_database_that_is_away_is_the_last_known_one() {
    let line = IdentityLine::of(&away(kerberos())).to_string();
    assert!(line.contains("cannot be reached now") && line.contains("Last known login"), "{line}");
    assert!(!line.contains("Logged in as") && !line.contains("secret-host"), "{line}");
    let facts = IdentityFacts::short(&away(kerberos())).to_string();
    assert!(facts.contains("last known login") && !facts.contains("secret-host"), "{facts}");
}

#[test]
fn all_facts_are_shown_on_their_own_page_and_few_on_the_front_page() {
    let (all, few) = (IdentityFacts::of(&kerberos()).to_string(), IdentityFacts::short(&kerberos()).to_string());
    for fact in ["MSSQLSvc/db.bookstore.local:1433", "TCP", "10.0.0.7", "1h 30m ago", "ORIGINAL_LOGIN()"] {
        assert!(all.contains(fact) && !few.contains(fact), "{fact}");
    }
    for fact in ["SQL1", "16.0.4135.4", "Bookstore", "KERBEROS", "All traffic is encrypted"] {
        assert!(all.contains(fact) && few.contains(fact), "{fact}");
    }
}

fn page(state: &LoginState, credentials: &Credentials) -> String {
    let page = IdentityPage {
        frame: Frame { section: Section::Elsewhere, identity: IdentityLine::of(state) },
        facts: IdentityFacts::of(state),
        credentials: CredentialsView::of(credentials, OffsetDateTime::now_utc()),
        pool: PoolState { size: 3, idle: 2, waiting: 0, max: 100 },
    };
    page.render().unwrap()
}

#[test]
fn the_page_marks_what_must_not_be_overlooked() {
    let password = Credentials::Password { user: "sa".into() };
    for (state, mark) in [
        (state(AuthScheme::Ntlm, Encryption::Full), Mark::Ntlm),
        (state(AuthScheme::Sql, Encryption::LoginOnly), Mark::NotEncrypted),
        (state(AuthScheme::Embedded, Encryption::NotApplicable), Mark::Embedded),
        (away(kerberos()), Mark::Away),
    ] {
        let html = page(&state, &password);
        assert_eq!(html.matches("class=\"alert caution\"").count(), 1, "{mark:?}");
        assert!(html.contains(&format!("<h2>{}</h2>", mark.title())), "{mark:?}");
        assert!(!html.contains("secret-host"));
    }
    assert!(!page(&kerberos(), &password).contains("alert"));
}

#[test]
fn credentials_that_are_not_there_are_said_to_be_missing_with_where_they_were_looked_for() {
    let nowhere = KerberosCredentials::read_by(|name| match name {
        "KRB5CCNAME" => Some("FILE:/nowhere/krb5cc".into()),
        "KRB5_CLIENT_KTNAME" => Some("/nowhere/client.keytab".into()),
        _ => None,
    });
    let html = page(&kerberos(), &Credentials::Kerberos(nowhere));
    assert!(html.contains("No Kerberos credentials can be read."), "{html}");
    for place in ["FILE:/nowhere/krb5cc (by KRB5CCNAME): there is no such file", "by KRB5_CLIENT_KTNAME"] {
        assert!(html.contains(place), "{place}");
    }
}
