//! Whatever a client sends, the parsers answer with a value or an error.

use super::batch;
use super::engine::Request;
use super::facts::VERSION_BYTES;
use super::login::{self, Credentials};
use super::packet::{Header, Kind, Message, MessageReader, ReplyWriter};
use super::prelogin::{self, Encryption};
use super::{like, rpc, temporal};
use bytes::Bytes;
use proptest::prelude::*;

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// A LOGIN7 message as a client writes it.
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
    fn no_bytes_make_a_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Header::parse(&bytes);
        let _ = prelogin::parse(&bytes);
        let _ = login::parse(&bytes);
        let _ = rpc::parse(&bytes);
        let body = Bytes::from(bytes.clone());
        for kind in [Kind::Batch, Kind::Rpc, Kind::TransactionManager, Kind::Login] {
            let _ = Request::parse(&Message { kind, body: body.clone() });
        }
        let _ = block_on(MessageReader::new(bytes.as_slice()).next());
    }

    #[test]
    fn no_parameter_makes_a_call_panic(kind in any::<u8>(), bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        // Headers, sp_executesql, options, no name, by value, type.
        let mut body = vec![4, 0, 0, 0, 0xFF, 0xFF, 10, 0, 0, 0, 0, 0, kind];
        body.extend(bytes);
        let _ = rpc::parse(&body);
    }

    #[test]
    fn a_login_with_any_byte_changed_does_not_panic(at in 0_usize..120, byte in any::<u8>()) {
        let mut message = login7(&["host", "user", "password", "app", "server", "database"]);
        if let Some(place) = message.get_mut(at) {
            *place = byte;
        }
        let _ = login::parse(&message);
    }

    #[test]
    fn a_login_says_what_the_client_wrote(user in ".{0,40}", password in ".{0,40}", database in ".{0,40}") {
        let login = login::parse(&login7(&["h", &user, &password, "a", "s", &database])).unwrap();
        prop_assert_eq!(&login.database, &database);
        let shown = format!("{login:?}");
        prop_assert!(!shown.contains("password: "), "{}", shown);
        prop_assert_eq!(login.credentials, Credentials::Password { user, password });
    }

    #[test]
    fn a_message_comes_back_from_packets_of_any_size(bytes in proptest::collection::vec(any::<u8>(), 0..3000), size in 9_usize..600) {
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
        prop_assert_eq!(message.kind, Kind::Reply);
        prop_assert_eq!(message.body, bytes);
    }

    #[test]
    fn no_text_makes_the_grammar_panic(words in proptest::collection::vec(
        prop_oneof![
            Just("SELECT"), Just("FROM"), Just("IF"), Just("BEGIN"), Just("END"), Just("TRY"), Just("CATCH"), Just("@x"), Just("="),
            Just("("), Just(")"), Just("1"), Just("N'x'"), Just("EXEC"), Just("ALTER TABLE t ADD"), Just("INT"), Just("GRANT"),
            Just("ON"), Just("TO"), Just(";"), Just(","), Just("FETCH NEXT"), Just("CREATE LOGIN"), Just("["), Just("'"), Just("--"),
        ],
        0..20,
    )) {
        let _ = batch::parse(&words.join(" "));
        let _ = batch::parse_declarations(&words.join(" "));
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
        prop_assert_eq!(like::like(&text, &pattern, None), simple(text.as_bytes(), pattern.as_bytes()));
    }

    #[test]
    fn a_moment_written_is_the_moment_read(at in 0_i64..3_652_059 * temporal::DAY) {
        prop_assert_eq!(temporal::parse(&temporal::format(at, 7)), Some(at));
    }

    #[test]
    fn datetime_keeps_its_grain(at in 0_i64..3_652_058 * temporal::DAY) {
        let grain = temporal::to_datetime_grain(at);
        prop_assert_eq!(temporal::to_datetime_grain(grain), grain);
        prop_assert!((grain - at).abs() <= 16_667);
    }
}

#[test]
fn a_prelogin_reply_is_itself_a_prelogin() {
    for agreed in [Encryption::LoginOnly, Encryption::All] {
        assert_eq!(prelogin::parse(&prelogin::reply(agreed, VERSION_BYTES)).unwrap(), agreed);
    }
    assert!(prelogin::parse(&[1, 0, 6, 0, 1, 0xFF, 2]).is_err(), "a client that cannot encrypt is refused");
}
