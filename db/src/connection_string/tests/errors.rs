//! Errors: each names the keyword and what to write, and none shows a password.

use super::error;
use crate::connection_string::{ConnectionString, MAX_LENGTH, ParseError, Position, SyntaxError};

#[test]
fn unknown_keyword_names_the_nearest_one() {
    for (keyword, nearest) in [
        ("Encrpt", "Encrypt"),
        ("Trusted Connection", "Trusted_Connection"),
        ("UserId", "User ID"),
        ("Username", "User"),
        ("Data  Source", "Data Source"),
        ("Passwd", "Password"),
        ("Pasword", "Password"),
        ("Initial Catalogue", "Initial Catalog"),
    ] {
        let message = error(&format!("Server=h;{keyword}=x")).to_string();
        let expected = format!("unknown keyword \"{keyword}\"; the nearest known one is {nearest}");
        assert!(message.eq_ignore_ascii_case(&expected), "{message}");
    }
    let far = error("Server=h;Colour=red").to_string();
    assert!(far.contains("\"Colour\"") && !far.contains("nearest"), "{far}");
}

#[test]
fn doubled_equals_sign_is_part_of_the_keyword() {
    let error = error("Server=h;Enc==rypt=x");
    assert!(matches!(error, ParseError::UnknownKeyword { nearest: Some("Encrypt"), .. }), "{error}");
}

#[test]
fn malformed_pair_reports_its_position() {
    for (text, position, syntax) in [
        ("Server", Position::Start, SyntaxError::MissingEquals),
        ("Server=h;Encrypt", Position::After("Server"), SyntaxError::MissingEquals),
        ("Server=h;=x", Position::After("Server"), SyntaxError::MissingKeyword),
        ("=x", Position::Start, SyntaxError::MissingKeyword),
        ("Ser\u{1}ver=h", Position::Start, SyntaxError::ControlCharacter),
        ("Server=h\u{1}", Position::Value("Server"), SyntaxError::ControlCharacter),
        ("Server=h\0;Encrypt=no", Position::Value("Server"), SyntaxError::ControlCharacter),
        ("Server=\"h\0\"", Position::Value("Server"), SyntaxError::ControlCharacter),
        ("pwd=\"abc", Position::Value("PWD"), SyntaxError::UnclosedQuote),
        ("Password='abc''", Position::Value("Password"), SyntaxError::UnclosedQuote),
        ("Password=\"abc\"def", Position::Value("Password"), SyntaxError::TextAfterQuote),
        ("Password=abc\"", Position::Value("Password"), SyntaxError::QuoteAtEnd),
        ("Password=abc;def;", Position::After("Password"), SyntaxError::MissingEquals),
    ] {
        assert_eq!(error(text), ParseError::Syntax { position, error: syntax }, "{text:?}");
    }
}

#[test]
fn value_out_of_range_reports_the_range() {
    for (option, expected) in [
        (
            "Encrypt=maybe",
            "Encrypt: invalid value \"maybe\"; write Mandatory, Optional, Strict, true, false, yes or no",
        ),
        ("Pooling=1", "Pooling: invalid value \"1\"; write true, false, yes or no"),
        ("Trusted_Connection=on", "Trusted_Connection: invalid value \"on\"; write true, false, yes, no or sspi"),
        ("Enlist=maybe", "Enlist: invalid value \"maybe\"; write true, false, yes or no"),
        ("Attestation Protocol=x", "Attestation Protocol: invalid value \"x\"; write AAS, HGS or None"),
        ("ApplicationIntent=Read", "ApplicationIntent: invalid value \"Read\"; write ReadWrite or ReadOnly"),
        ("Timeout=-1", "Timeout: invalid value \"-1\"; write a whole number from 0 to 2147483647"),
        ("Command Timeout=1.5", "Command Timeout: invalid value \"1.5\"; write a whole number from 0 to 2147483647"),
        ("Packet Size=511", "Packet Size: invalid value \"511\"; write a whole number from 512 to 32768"),
        ("Packet Size=32769", "Packet Size: invalid value \"32769\"; write a whole number from 512 to 32768"),
        ("Pooling=tr ue", "Pooling: invalid value \"tr ue\"; write true, false, yes or no"),
        (
            "Encrypt=' true '",
            "Encrypt: invalid value \" true \"; write Mandatory, Optional, Strict, true, false, yes or no",
        ),
        ("Max Pool Size=0", "Max Pool Size: invalid value \"0\"; write a whole number from 1 to 32767"),
        ("ConnectRetryCount=256", "ConnectRetryCount: invalid value \"256\"; write a whole number from 0 to 255"),
        ("Connect Retry Interval=0", "Connect Retry Interval: invalid value \"0\"; write a whole number from 1 to 60"),
    ] {
        assert_eq!(error(&format!("Server=h;Integrated Security=true;{option}")).to_string(), expected);
    }
    let sizes = error("Server=h;Integrated Security=true;Min Pool Size=9;Max Pool Size=8");
    assert_eq!(sizes, ParseError::PoolSizes { min: 9, max: 8 });
}

#[test]
fn name_longer_than_a_login_packet_allows_is_refused() {
    let long = "\u{1F511}".repeat(65);
    for keyword in ["User ID", "PWD", "Database", "Application Name", "WSID", "Current Language", "Failover Partner"] {
        let text = format!("Server=h;User ID=sa;Password=x;{keyword}={long}");
        assert_eq!(error(&text), ParseError::ValueTooLong { keyword, limit: 128 });
        assert!(ConnectionString::parse(&text.replace(&long, &"\u{1F511}".repeat(64))).is_ok(), "{keyword}");
    }
}

#[test]
fn string_above_the_maximum_length_is_refused() {
    let error = error(&"Server=h;".repeat(MAX_LENGTH / 9 + 1));
    assert!(matches!(error, ParseError::TooLong { .. }), "{error}");
}

#[test]
fn keyword_for_another_server_or_login_is_refused() {
    for (option, keyword) in [
        ("AttachDBFilename=c:\\books.mdf", "AttachDbFilename"),
        ("Extended Properties=x", "Extended Properties"),
        ("Context Connection=true", "Context Connection"),
        ("User Instance=yes", "User Instance"),
        ("Network Library=dbnmpntw", "Network Library"),
        ("Net=dbmslpcn", "Net"),
    ] {
        match error(&format!("Server=h;Integrated Security=true;{option}")) {
            ParseError::Refused { keyword: named, .. } => assert_eq!(named, keyword),
            other => panic!("{option}: {other}"),
        }
    }
}

#[test]
fn no_error_shows_the_password() {
    for text in [
        "Server=h;User ID=sa;Password=abc;hunter2;",
        "Server=h;User ID=sa;Password=abc;hunter2=x",
        "Server=h;User ID=sa;Password=abc;hunter2;Encrypt=no",
        "Server=h;User ID=sa;Password=abc;Encrypt=hunter2",
        "Server=h;User ID=sa;Password=abc;Server=hunter2:1",
        "Server=h;User ID=sa;Password=;x=1;Encrypt=hunter2",
        "Server=h;User ID=sa;Password==hunter2",
        "Server=h;User ID=sa;Password==hunter2;Encrypt=no",
        "Server=h;User ID=sa;Password:hunter2;Encrypt=no",
        "Server=h;User ID=sa;Password hunter2=x",
        "Server=h;User ID=sa;Passwort=hunter2",
        "Server=h;User ID=sa,Password=hunter2",
        "Server=h;User ID=sa PWD = hunter2;Encrypt=no",
        "Server=h\nPassword=hunter2\nUser ID=sa",
        "Server=\"h,Password=hunter2\";User ID=sa",
        "Server=h;User ID=sa;Password=\"hunter2",
        "Server=h;User ID=sa;Password='hunter2'x",
        "Server=h;User ID=sa;Password=hunter2'",
        "Server=h;User ID=sa;Password=\"a\";hunter2\"",
        "Server=h;User ID=sa;Password=hunter2\u{1}",
        "Server=hunter2:1;User ID=sa;Password=hunter2",
        "Server=sa:hunter2@h;User ID=sa",
        "Server=sqlserver://sa:hunter2@h;User ID=sa",
        "postgres://sa:hunter2@h/b?sslmode=require",
        "Password=hunter2",
        "Server=h;Password=hunter2",
    ] {
        let error = error(text);
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("hunter2"), "{text}: {shown}");
    }
}

#[test]
fn text_after_a_password_is_reported_by_position() {
    let message = error("Server=h;User ID=sa;Password=abc;def=1").to_string();
    assert!(message.contains("after the value of Password") && message.contains("must be quoted"), "{message}");
    assert!(!message.contains("def"), "{message}");
}

#[test]
fn quoted_value_cannot_forge_log_lines() {
    let message = error("Server=h;Encrypt=\"no\nERROR\"").to_string();
    assert!(!message.contains('\n'), "{message}");
}
