//! Property tests: for any input, the parsers return a value or an error.

use crate::engine::{Request, TransactionRequest};
use crate::store::like;
use crate::tsql::context::VERSION_BYTES;
use crate::tsql::grammar;
use crate::types::{SqlType, temporal};
use crate::wire::columns::ResultColumn;
use crate::wire::login7::{self, Credentials};
use crate::wire::messages::{Message, MessageReader, ReplyWriter};
use crate::wire::packet::{Header, MessageKind};
use crate::wire::prelogin::{self, Encryption};
use crate::wire::rpc;
use crate::wire::tokens::Tokens;
use rusqlite::types::ValueRef;

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Encodes a LOGIN7 message.
fn login7(fields: &[&str; 6]) -> Vec<u8> {
    let [host, user, password, app, server, database] = fields;
    let hidden = |bytes: Vec<u8>| bytes.into_iter().map(|byte| byte.rotate_left(4) ^ 0xA5).collect();
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let empty = Vec::new;
    let values: [Vec<u8>; 9] = [
        utf16(host),
        utf16(user),
        hidden(utf16(password)),
        utf16(app),
        utf16(server),
        empty(),
        empty(),
        empty(),
        utf16(database),
    ];
    let mut fixed = vec![0; 36];
    let mut data: Vec<u8> = Vec::new();
    for (n, value) in values.iter().enumerate() {
        let unit = if n == 5 { 1 } else { 2 };
        fixed.extend(u16::try_from(94 + data.len()).unwrap().to_le_bytes());
        fixed.extend(u16::try_from(value.len() / unit).unwrap().to_le_bytes());
        data.extend(value);
    }
    fixed.resize(94, 0);
    fixed.extend(data);
    let length = u32::try_from(fixed.len()).unwrap();
    fixed[..4].copy_from_slice(&length.to_le_bytes());
    fixed[4..8].copy_from_slice(&0x7400_0004_u32.to_le_bytes());
    fixed
}

proptest! {
    #[test]
    fn parsers_do_not_panic_on_any_bytes(bytes in vec(any::<u8>(), 0..400)) {
        let _ = Header::parse(&bytes);
        let _ = prelogin::parse(&bytes, false);
        let _ = login7::parse(&bytes);
        let _ = rpc::parse(&bytes);
        let body = Bytes::from(bytes.clone());
        for kind in [MessageKind::Batch, MessageKind::Rpc, MessageKind::TransactionManager, MessageKind::Login] {
            let _ = Request::parse(&Message { kind, resets: false, ignored: false, body: body.clone() });
        }
        let _ = block_on(MessageReader::new(bytes.as_slice()).next());
    }

    #[test]
    fn call_parser_does_not_panic_on_any_parameter(kind in any::<u8>(), bytes in vec(any::<u8>(), 0..60)) {
        // Headers, sp_executesql, options, no name, by value, type.
        let mut body = vec![4, 0, 0, 0, 0xFF, 0xFF, 10, 0, 0, 0, 0, 0, kind];
        body.extend(bytes);
        let _ = rpc::parse(&body);
    }

    #[test]
    fn login_parser_does_not_panic_on_a_changed_byte(at in 0_usize..120, byte in any::<u8>()) {
        let mut message = login7(&["host", "user", "password", "app", "server", "database"]);
        if let Some(changed) = message.get_mut(at) {
            *changed = byte;
        }
        let _ = login7::parse(&message);
    }

    #[test]
    fn login_parses_to_what_the_client_sent(user in ".{0,40}", password in ".{0,40}", database in ".{0,40}") {
        let login = login7::parse(&login7(&["h", &user, &password, "a", "s", &database])).unwrap();
        prop_assert_eq!(&login.database, &database);
        let shown = format!("{login:?}");
        prop_assert!(!shown.contains("password: "), "{}", shown);
        prop_assert_eq!(login.credentials, Credentials::Password { user, password });
    }

    #[test]
    fn message_round_trips_in_packets_of_any_size(bytes in vec(any::<u8>(), 0..3000), size in 9_usize..600) {
        let mut wire = Vec::new();
        block_on(async {
            let mut writer = ReplyWriter::new(&mut wire);
            writer.set_packet_size(size);
            for piece in bytes.chunks(700) {
                writer.write(piece).await.unwrap();
            }
            writer.finish().await.unwrap();
        });
        let message = block_on(MessageReader::new(wire.as_slice()).next()).unwrap().unwrap();
        prop_assert_eq!(message.kind, MessageKind::TabularResult);
        prop_assert_eq!(message.body, bytes);
    }

    #[test]
    fn grammar_does_not_panic_on_any_words(words in vec(
        prop_oneof![
            Just("SELECT"), Just("FROM"), Just("IF"), Just("BEGIN"), Just("END"), Just("TRY"), Just("CATCH"),
            Just("@x"), Just("="), Just("("), Just(")"), Just("1"), Just("N'x'"), Just("EXEC"), Just("INT"),
            Just("ALTER TABLE t ADD"), Just("GRANT"), Just("ON"), Just("TO"), Just(";"), Just(","), Just("FETCH NEXT"),
            Just("CREATE LOGIN"), Just("["), Just("'"), Just("--"),
        ],
        0..20,
    )) {
        let _ = grammar::parse(&words.join(" "));
        let _ = grammar::parse_declarations(&words.join(" "));
    }

    #[test]
    fn like_agrees_with_a_simple_matcher(text in "[ab_%]{0,8}", pattern in "[ab_%]{0,6}") {
        fn simple(text: &[u8], pattern: &[u8]) -> bool {
            match (pattern, text) {
                ([], text) => text.is_empty(),
                ([b'%', rest @ ..], text) => (0..=text.len()).any(|n| simple(&text[n..], rest)),
                ([b'_', rest @ ..], [_, text @ ..]) => simple(text, rest),
                ([c, rest @ ..], [d, text @ ..]) => c == d && simple(text, rest),
                _ => false,
            }
        }
        prop_assert_eq!(like::like(&text, &pattern, None, false), simple(text.as_bytes(), pattern.as_bytes()));
    }

    #[test]
    fn formatted_datetime_parses_to_the_same_value(at in 0_i64..3_652_059 * temporal::DAY) {
        prop_assert_eq!(temporal::parse(&temporal::format(at, 7)), Some(at));
    }

    #[test]
    fn datetime_rounding_is_idempotent(at in 0_i64..3_652_058 * temporal::DAY) {
        let grain = temporal::to_datetime_grain(at);
        prop_assert_eq!(temporal::to_datetime_grain(grain), grain);
        prop_assert!((grain - at).abs() <= 16_667);
    }
}

#[test]
fn prelogin_reply_parses_as_a_prelogin() {
    for agreed in [Encryption::LoginOnly, Encryption::All] {
        assert_eq!(prelogin::parse(&prelogin::reply(agreed, VERSION_BYTES), false).unwrap(), agreed);
    }
}

#[test]
fn client_without_encryption_is_accepted_inside_tls_only() {
    // Microsoft's ODBC driver and tedious send 2 (not supported) with Encrypt=strict.
    let not_supported = [1, 0, 6, 0, 1, 0xFF, 2];
    assert_eq!(prelogin::parse(&not_supported, false).unwrap(), Encryption::Nothing);
    assert_eq!(prelogin::parse(&not_supported, true).unwrap(), Encryption::All);
}

#[test]
fn transaction_request_carries_the_flag_to_begin_the_next_one() {
    // MS-TDS 2.2.6.9: ALL_HEADERS, the request type, the transaction's name, then the flags with fBeginXact.
    for (kind, flags, begin_next) in
        [(8, &[0, 1, 0, 0][..], true), (8, &[0, 0], false), (8, &[], false), (8, &[2, 65, 0, 1], true)]
    {
        let body = [&[4, 0, 0, 0, kind, 0], flags].concat();
        let message =
            Message { kind: MessageKind::TransactionManager, resets: false, ignored: false, body: Bytes::from(body) };
        let expected = Request::Transaction(TransactionRequest::Rollback { begin_next });
        assert_eq!(Request::parse(&message).unwrap(), expected, "{flags:?}");
    }
}

#[test]
fn row_that_cannot_be_encoded_leaves_nothing_in_the_buffer() {
    let columns = [("n", SqlType::Int), ("v", SqlType::Variant)];
    let columns = columns.map(|(name, sql_type)| ResultColumn { name: name.into(), sql_type });
    let mut tokens = Tokens::default();
    assert!(tokens.row(&columns, &[ValueRef::Integer(1), ValueRef::Text(b"x")]).is_err());
    assert_eq!(tokens.bytes, []);
}
