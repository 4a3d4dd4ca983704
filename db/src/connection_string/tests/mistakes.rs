//! Mistakes around and inside a string: quotation marks, its own name, invisible characters.

use super::{error, parse};
use crate::connection_string::{ConnectionString, Warning};

const VALID: &str = "Server=db.contoso.com;Database=Books;Integrated Security=true";

#[test]
fn quotation_marks_around_the_string_are_named() {
    for (open, close) in
        [("\"", "\""), ("'", "'"), ("“", "”"), ("`", "`"), (" \"", "\"\n"), ("\"", ""), ("\u{FEFF}'", "'")]
    {
        let error = error(&format!("{open}{VALID}{close}")).to_string();
        let quote = open.trim_matches([' ', '\u{FEFF}']);
        assert!(error.starts_with(&format!("the connection string starts with the quotation mark {quote}")), "{error}");
    }
}

#[test]
fn own_name_before_the_string_is_named() {
    for start in ["connectionstring=", "ConnectionString = ", "export connectionstring=\""] {
        let error = error(&format!("{start}{VALID}")).to_string();
        assert!(error.starts_with("the connection string starts with its own name, connectionstring="), "{error}");
    }
}

#[test]
fn invisible_character_in_a_keyword_is_named_with_its_position() {
    for (text, expected) in [
        (format!("\u{FEFF}{VALID}"), "at the start: character 1, a byte order mark (U+FEFF) cannot be seen"),
        ("Ser\u{200B}ver=h;UID=sa".to_owned(), "at the start: character 4, a zero-width space (U+200B)"),
        ("Server=hé;User\u{A0}ID=sa".to_owned(), "after the value of Server: character 15, a no-break space (U+00A0)"),
        ("Server=h;\u{2060}UID=sa".to_owned(), "after the value of Server: character 10, a word joiner (U+2060)"),
        ("Server=h;UID\u{AD}=sa".to_owned(), "after the value of Server: character 13, a soft hyphen (U+00AD)"),
        ("Server=h;PWD=a;U\u{202F}ID=x".to_owned(), "after the value of PWD: character 17, a narrow no-break space"),
    ] {
        let error = error(&text).to_string();
        assert!(error.starts_with(expected) && !error.contains("nearest"), "{text:?}: {error}");
    }
}

#[test]
fn invisible_character_in_an_invalid_value_is_named_with_its_position() {
    for (text, expected) in [
        ("Server=db\u{200B};UID=sa", "in the value of Server: character 10, a zero-width space (U+200B)"),
        ("Server=h;UID=sa;Encrypt=\u{FEFF}true", "in the value of Encrypt: character 25, a byte order mark (U+FEFF)"),
        ("Server=h;UID=sa;Timeout=1\u{A0}0", "in the value of Timeout: character 26, a no-break space (U+00A0)"),
        (
            "Server=h;Pooling=true\u{200E};UID=sa",
            "in the value of Pooling: character 22, a left-to-right mark (U+200E)",
        ),
    ] {
        let error = error(text).to_string();
        assert!(error.starts_with(expected), "{text:?}: {error}");
    }
}

#[test]
fn white_space_around_keywords_and_values_is_ignored() {
    let text = "\u{A0}Server\u{A0}=\u{3000}db.contoso.com\u{A0};\u{A0}Database=Books;Integrated Security=true\u{A0}";
    assert_eq!(parse(text), parse(VALID));
}

#[test]
fn invisible_character_in_a_free_text_is_a_warning() {
    let warnings = parse("Server=h;Database=My\u{A0}Books;UID=sa\u{200B};PWD=x").warnings;
    let texts: Vec<_> = warnings.iter().map(Warning::to_string).collect();
    assert!(
        texts[0].starts_with("the value of Database contains character 21, a no-break space (U+00A0)"),
        "{texts:?}"
    );
    assert!(texts[1].starts_with("the value of UID contains character 34, a zero-width space (U+200B)"), "{texts:?}");
}

#[test]
fn invisible_character_at_the_end_of_a_password_is_a_warning_without_details() {
    for password in ["x\u{200B}", "\u{FEFF}x", "\"x\u{A0}\""] {
        let warnings = parse(&format!("Server=h;UID=sa;PWD={password}")).warnings;
        assert_eq!(warnings, [Warning::InvisibleInPassword { keyword: "PWD" }], "{password:?}");
    }
    for password in ["a\u{200D}b", "x\u{A0}"] {
        assert_eq!(parse(&format!("Server=h;UID=sa;PWD={password}")).warnings, [], "{password:?}");
    }
}

#[test]
fn valid_string_is_never_taken_for_a_mistake() {
    for text in [
        "Server=h;User ID=sa;Password=jdbc:sqlserver://x",
        "Server=h;User ID=sa;Password='\"quoted\"'",
        "Server=h;User ID=sa;Password=U2VydmVyPWg7VUlEPXNhO1BXRD14",
        "Server=h;User ID=sa;Password=x;App=Driver",
    ] {
        assert!(ConnectionString::parse(text).is_ok(), "{text}");
    }
}
