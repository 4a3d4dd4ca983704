//! The identity line, the facts and the page, for each kind of login.

use std::sync::Arc;

use askama::Template;
use bookstore_db::credentials::Credentials;
use bookstore_db::error::Error;
use bookstore_db::identity::{AuthScheme, Encryption, Identity, LoginState, Outage, TlsSession};
use bookstore_db::store::PoolState;
use bookstore_kerberos::credentials::{
    CredentialLocation, CredentialReadError, KerberosCredentials, Keytab, LocationSource, TicketCache,
};
use time::OffsetDateTime;

use super::IdentityPage;
use super::credentials::CredentialsView;
use crate::view::identity_facts::IdentityFacts;
use crate::view::identity_line::IdentityLine;
use crate::view::layout::{PageContext, Section};
use crate::view::login_palette::LoginPalette;
use crate::view::login_warning::LoginWarning;

fn state(scheme: AuthScheme, encryption: Encryption) -> LoginState {
    let identity = Identity {
        login: r"BOOKSTORE\webgmsa$".into(),
        original_login: r"BOOKSTORE\webgmsa$".into(),
        auth_scheme: scheme,
        transport: Some("TCP".into()),
        spn: Some("MSSQLSvc/db.bookstore.local:1433".into()),
        encryption,
        tls: Some(TlsSession { version: "TLS 1.3".into(), cipher: "TLS_AES_256_GCM_SHA384".into() }),
        server: "SQL1".into(),
        server_version: "16.0.4135.4".into(),
        database: "Bookstore".into(),
        client_address: Some("10.0.0.7".into()),
    };
    let since = Some(OffsetDateTime::now_utc() - time::Duration::minutes(90));
    LoginState { identity: Some(Arc::new(identity)), since, outage: None }
}

fn with_outage(state: LoginState) -> LoginState {
    let error = Error::Unavailable("cannot reach secret-host".into());
    LoginState { outage: Some(Arc::new(Outage { since: OffsetDateTime::now_utc(), error })), ..state }
}

fn line(state: &LoginState) -> IdentityLine {
    IdentityLine::of(state, &LoginPalette::of(state))
}

fn complete_facts(state: &LoginState) -> IdentityFacts {
    IdentityFacts::complete(state, &LoginPalette::of(state))
}

fn summary_facts(state: &LoginState) -> IdentityFacts {
    IdentityFacts::summary(state, &LoginPalette::of(state))
}

fn kerberos() -> LoginState {
    state(AuthScheme::Kerberos, Encryption::Full)
}

#[test]
fn encrypted_kerberos_login_has_no_warning() {
    let html = line(&kerberos()).to_string();
    assert!(html.contains("KERBEROS") && html.contains("webgmsa$"), "{html}");
    assert!(html.contains("SQL1") && html.contains("Bookstore") && !html.contains("warning"), "{html}");
    assert_eq!(LoginWarning::of(&kerberos()), []);
}

#[test]
fn ntlm_and_clear_text_are_warnings_wherever_the_login_is_shown() {
    let ntlm = state(AuthScheme::Ntlm, Encryption::Full);
    let both = state(AuthScheme::Ntlm, Encryption::LoginOnly);
    assert_eq!(
        (LoginWarning::of(&ntlm), LoginWarning::of(&both)),
        (vec![LoginWarning::Ntlm], vec![LoginWarning::Ntlm, LoginWarning::NotEncrypted])
    );
    for (state, warnings) in [(ntlm, 1), (both, 2)] {
        let shown = [line(&state).to_string(), complete_facts(&state).to_string(), summary_facts(&state).to_string()];
        for html in shown {
            assert_eq!(html.matches("warning").count(), warnings, "{html}");
        }
    }
}

#[test]
fn embedded_store_is_called_a_simulation() {
    let embedded = state(AuthScheme::Embedded, Encryption::NotApplicable);
    assert!(line(&embedded).to_string().contains("simulation"));
    assert!(summary_facts(&embedded).to_string().contains("simulation"));
    assert_eq!(LoginWarning::of(&embedded), [LoginWarning::Embedded]);
}

#[test]
fn shop_without_a_connection_shows_no_login() {
    let never = LoginState { identity: None, since: None, outage: None };
    assert!(line(&never).to_string().contains("Not connected"));
    let facts = complete_facts(&with_outage(never.clone())).to_string();
    assert!(facts.contains("unavailable since the shop started, so the login is unknown."), "{facts}");
    assert!(line(&with_outage(never)).to_string().contains("The database server is unreachable"));
}

#[test]
fn login_during_an_outage_is_the_last_known_one() {
    let line = line(&with_outage(kerberos())).to_string();
    assert!(line.contains("The database server is unreachable") && line.contains("Last known login"), "{line}");
    assert!(!line.contains("Logged in as") && !line.contains("secret-host"), "{line}");
    let facts = summary_facts(&with_outage(kerberos())).to_string();
    assert!(facts.contains("last known login") && !facts.contains("secret-host"), "{facts}");
}

#[test]
fn identity_page_has_all_facts_and_the_front_page_a_few() {
    let (all, few) = (complete_facts(&kerberos()).to_string(), summary_facts(&kerberos()).to_string());
    for fact in ["MSSQLSvc/db.bookstore.local:1433", "TCP", "10.0.0.7", "1h 30m ago", "ORIGINAL_LOGIN()"] {
        assert!(all.contains(fact) && !few.contains(fact), "{fact}");
    }
    for fact in
        ["SQL1", "16.0.4135.4", "Bookstore", "KERBEROS", "All traffic is encrypted: TLS 1.3, TLS_AES_256_GCM_SHA384"]
    {
        assert!(all.contains(fact) && few.contains(fact), "{fact}");
    }
}

fn page(state: &LoginState, credentials: &Credentials) -> String {
    let page = IdentityPage {
        context: PageContext::new(state, Section::Other),
        warnings: Vec::new(),
        facts: complete_facts(state),
        credentials: CredentialsView::of(credentials, OffsetDateTime::now_utc()),
        pool: PoolState { size: 3, idle: 2, waiting: 0, max: 100 },
    };
    page.render().unwrap()
}

#[test]
fn page_shows_each_warning() {
    let password = Credentials::Password { user: "sa".into() };
    for (state, warning) in [
        (state(AuthScheme::Ntlm, Encryption::Full), LoginWarning::Ntlm),
        (state(AuthScheme::Sql, Encryption::LoginOnly), LoginWarning::NotEncrypted),
        (state(AuthScheme::Embedded, Encryption::NotApplicable), LoginWarning::Embedded),
        (with_outage(kerberos()), LoginWarning::Unavailable),
    ] {
        let html = page(&state, &password);
        assert_eq!(html.matches("class=\"alert caution\"").count(), 1, "{warning:?}");
        assert!(html.contains(&format!("<h2>{}</h2>", warning.title())), "{warning:?}");
        assert!(!html.contains("secret-host"));
    }
    assert!(!page(&kerberos(), &password).contains("alert"));
}

#[test]
fn missing_credentials_are_reported_with_their_locations() {
    let location =
        |name: &str, variable| CredentialLocation { name: name.to_owned(), source: LocationSource::Variable(variable) };
    let missing = CredentialReadError::Missing;
    let nowhere = KerberosCredentials {
        cache: TicketCache { location: location("FILE:/nowhere/krb5cc", "KRB5CCNAME"), content: Err(missing.clone()) },
        client_keytab: Keytab {
            location: location("FILE:/nowhere/client.keytab", "KRB5_CLIENT_KTNAME"),
            content: Err(missing),
        },
    };
    let html = page(&kerberos(), &Credentials::Kerberos(nowhere));
    assert!(html.contains("neither a ticket cache nor a client keytab"), "{html}");
    for place in ["FILE:/nowhere/krb5cc (by KRB5CCNAME): it does not exist", "by KRB5_CLIENT_KTNAME"] {
        assert!(html.contains(place), "{place}");
    }
}
