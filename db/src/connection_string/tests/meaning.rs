//! Grammar, defaults and options.

use std::{path::Path, time::Duration};

use super::{parse, sql_server, warnings_of};
use crate::connection_string::{
    ApplicationIntent, Encrypt, Login, Password, ServerAddress, SqlServerSettings, keywords::Keyword,
};

fn seconds(seconds: u64) -> Option<Duration> {
    Some(Duration::from_secs(seconds))
}

fn options(text: &str) -> SqlServerSettings {
    sql_server(&format!("Server=h;Integrated Security=true;{text}"))
}

#[test]
fn omitted_keywords_use_sqlclient_defaults() {
    let host = ServerAddress { host: "h".to_owned(), port: None, instance: None };
    let defaults = SqlServerSettings::new(host, Login::Integrated);
    assert_eq!(options(""), defaults);
    assert_eq!(defaults.encrypt, Encrypt::Mandatory);
    assert_eq!((defaults.connect_timeout, defaults.command_timeout), (seconds(15), seconds(30)));
    assert_eq!((defaults.min_pool_size, defaults.max_pool_size, defaults.packet_size), (0, 100, 8000));
    assert_eq!((defaults.connect_retry_count, defaults.connect_retry_interval), (1, Duration::from_secs(10)));
    assert_eq!((defaults.load_balance_timeout, defaults.idle_timeout), (None, seconds(300)));
    assert_eq!(defaults.application_name, "Bookstore");
}

#[test]
fn empty_value_resets_to_the_default() {
    let text = "Encrypt=Strict;Encrypt=;Pooling=no;Pooling='';App=x;App=;Database=b;Initial Catalog= ;Packet Size=";
    assert_eq!(options(text), options(""));
}

#[test]
fn quoted_values_follow_ado_net() {
    for (written, password) in [
        ("abc", "abc"),
        ("  a b  ", "a b"),
        ("\" a b \"", " a b "),
        ("\"a;b\"", "a;b"),
        ("'a;b=\"c\"'", "a;b=\"c\""),
        ("\"say \"\"hi\"\"\"", "say \"hi\""),
        ("'it''s'", "it's"),
        ("a'b\"c", "a'b\"c"),
        ("a=b==c", "a=b==c"),
        ("{a}", "{a}"),
        ("pä\u{1F511}ß", "pä\u{1F511}ß"),
        ("\"a\nb\u{1}\"", "a\nb\u{1}"),
        ("= x", "= x"),
    ] {
        let login = sql_server(&format!("Server=h;User ID=u;Password = {written} ;Encrypt=no")).login;
        let expected = Login::Sql { user: "u".to_owned(), password: Password::new(password) };
        assert!(login == expected, "{written}");
    }
}

#[test]
fn last_of_repeated_pairs_wins() {
    let text = ";; SERVER\t=\r\n a ;;Encrypt=no; encrypt = Strict ; integrated security=yes;Addr=b;\n;\0\0 ";
    let settings = sql_server(text);
    assert_eq!(settings.server.host, "b");
    assert_eq!(settings.encrypt, Encrypt::Strict);
}

#[test]
fn every_spelling_is_found_in_any_case() {
    for keyword in Keyword::ALL {
        for spelling in keyword.spellings() {
            assert_eq!(Keyword::find(&spelling.to_uppercase()), Some((*keyword, *spelling)));
        }
    }
    let mut all: Vec<_> = Keyword::ALL.iter().flat_map(|k| k.spellings()).map(|s| s.to_lowercase()).collect();
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count, "a spelling belongs to two keywords");
}

#[test]
fn every_option_is_accepted_in_its_other_spelling() {
    let settings = options(
        "TrustServerCertificate=yes;HostNameInCertificate=n;ServerCertificate=/c.pem;ServerSPN=MSSQLSvc/h:1;\
         App=a;WSID=w;ApplicationIntent=readonly;MultiSubnetFailover=True;Timeout=0;\
         Command Timeout=0;PacketSize=512;Pooling=false;\
         Max Pool Size=7;Min Pool Size=7;Connection Lifetime=60;Connection Idle Timeout=0;\
         ConnectRetryCount=0;ConnectRetryInterval=60",
    );
    let expected = SqlServerSettings {
        trust_server_certificate: true,
        host_name_in_certificate: Some("n".to_owned()),
        server_certificate: Some(Path::new("/c.pem").to_owned()),
        server_spn: Some("MSSQLSvc/h:1".to_owned()),
        application_name: "a".to_owned(),
        workstation_id: Some("w".to_owned()),
        application_intent: ApplicationIntent::ReadOnly,
        multi_subnet_failover: true,
        connect_timeout: None,
        command_timeout: None,
        packet_size: 512,
        pooling: false,
        max_pool_size: 7,
        min_pool_size: 7,
        load_balance_timeout: seconds(60),
        idle_timeout: None,
        connect_retry_count: 0,
        connect_retry_interval: Duration::from_secs(60),
        ..options("")
    };
    assert_eq!(settings, expected);
}

#[test]
fn every_value_of_encrypt_is_accepted() {
    for (words, meaning) in [
        (["Mandatory", "TRUE", "yes"].as_slice(), Encrypt::Mandatory),
        (&["optional", "false", "No"], Encrypt::Optional),
        (&["Strict"], Encrypt::Strict),
    ] {
        for word in words {
            assert_eq!(options(&format!("Encrypt={word}")).encrypt, meaning, "{word}");
        }
    }
}

#[test]
fn keyword_without_effect_causes_a_warning() {
    for option in [
        "Async=false",
        "Attestation Protocol=HGS",
        "Column Encryption Setting=Enabled",
        "Connection Reset=true",
        "Language=Deutsch",
        "Enclave Attestation Url=https://x",
        "Enlist=yes",
        "Failover Partner=other",
        "FailoverPartnerSPN=x",
        "IPAddressPreference=IPv6First",
        "MultipleActiveResultSets=True",
        "PersistSecurityInfo=true",
        "Replication=true",
        "Transaction Binding=Explicit Unbind",
        "TransparentNetworkIPResolution=no",
        "Type System Version=SQL Server 2012",
        "Encrypt=Strict;TrustServerCertificate=true",
    ] {
        let keyword = option.rsplit(';').next().and_then(|pair| pair.split('=').next()).unwrap_or_default();
        let warnings = warnings_of(option);
        assert!(warnings.len() == 1 && warnings[0].starts_with(keyword), "{option}: {warnings:?}");
    }
}

#[test]
fn value_that_asks_for_the_default_causes_no_warning() {
    let text = "Persist Security Info=False;MultipleActiveResultSets=False;Async=true;Enlist=no;\
                Network Library=DBMSSOCN;Context Connection=false;User Instance=false;Type System Version=Latest;\
                Pool Blocking Period=NeverBlock;Encrypt=True;TrustServerCertificate=False;Connection Timeout=30";
    assert_eq!(warnings_of(text), [""; 0]);
}

#[test]
fn printed_string_is_canonical_and_hides_the_password() {
    let parsed = parse("Server=tcp:h,1444;uid=sa;pwd='a;b';database=My Books;encrypt=yes;timeout=5;Enlist=false");
    let printed = "Data Source=h,1444;Initial Catalog=\"My Books\";User ID=sa;Password=***;Connect Timeout=5";
    assert_eq!(parsed.to_string(), printed);
    assert_eq!(parsed.to_secret_string(), printed.replace("***", "\"a;b\""));
}
