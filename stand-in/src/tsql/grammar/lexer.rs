//! Splits a batch into tokens, and rewrites the few that `sqlparser` does not accept.

use crate::error::SqlError;
use sqlparser::dialect::MsSqlDialect;
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer, TokenizerError, Whitespace};

/// The longest batch in bytes. SQL Server's limit is 65,536 packets.
const MAX_BATCH: usize = 16 << 20;
/// The most tokens of a batch.
const MAX_TOKENS: usize = 2_000_000;
/// The most operators in a row. Each nests the expression one level deeper; `sqlparser` itself limits parentheses only.
const MAX_CHAIN: usize = 200;

/// Splits a batch into tokens. The variable of `FETCH NEXT @rows` becomes a placeholder, because `sqlparser` accepts
/// only a literal there.
pub(super) fn tokenize(sql: &str) -> Result<Vec<TokenWithSpan>, SqlError> {
    if sql.len() > MAX_BATCH {
        return Err(SqlError::unsupported(format_args!("a batch of more than {MAX_BATCH} bytes")));
    }
    let tokens = Tokenizer::new(&MsSqlDialect {}, sql).tokenize_with_location();
    let mut tokens = tokens.map_err(|TokenizerError { message, location }| SqlError {
        line: location.line,
        ..SqlError::new(105, 15, format!("Unclosed quotation mark or comment: {message}."))
    })?;
    if tokens.len() > MAX_TOKENS {
        return Err(SqlError::unsupported(format_args!("a batch of more than {MAX_TOKENS} tokens")));
    }
    tokens.retain(|token| {
        !matches!(
            token.token,
            Token::Whitespace(Whitespace::SingleLineComment { .. } | Whitespace::MultiLineComment(_))
        )
    });
    if longest_chain(&tokens) > MAX_CHAIN {
        return Err(too_deep());
    }
    let words: Vec<usize> = tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| !matches!(token.token, Token::Whitespace(_)))
        .map(|(at, _)| at)
        .collect();
    for window in words.windows(3) {
        let [fetch, next, rows] = [window[0], window[1], window[2]];
        if is_word(&tokens[fetch].token, "FETCH")
            && (is_word(&tokens[next].token, "NEXT") || is_word(&tokens[next].token, "FIRST"))
            && let Some(variable) = variable(&tokens[rows].token)
        {
            tokens[rows].token = Token::Placeholder(variable);
        }
    }
    Ok(tokens)
}

/// The largest number of operators between two commas or semicolons.
fn longest_chain(tokens: &[TokenWithSpan]) -> usize {
    let mut length = 0;
    let mut longest = 0;
    for token in tokens {
        match &token.token {
            Token::Comma | Token::SemiColon => length = 0,
            Token::Plus | Token::Minus | Token::Mul | Token::Div | Token::Mod => length += 1,
            Token::Word(word) if CHAINING.iter().any(|chaining| word.value.eq_ignore_ascii_case(chaining)) => {
                length += 1
            }
            _ => {}
        }
        longest = longest.max(length);
    }
    longest
}

/// Words that join expressions or queries.
const CHAINING: [&str; 7] = ["AND", "OR", "NOT", "UNION", "EXCEPT", "INTERSECT", "ELSE"];

pub(super) fn too_deep() -> SqlError {
    let text =
        "Some part of your SQL statement is nested too deeply. Rewrite the query or break it up into smaller queries.";
    SqlError::new(191, 15, text)
}

pub(super) fn is_word(token: &Token, word: &str) -> bool {
    matches!(token, Token::Word(it) if it.quote_style.is_none() && it.value.eq_ignore_ascii_case(word))
}

/// The variable's name, if the token is a variable.
pub(super) fn variable(token: &Token) -> Option<String> {
    match token {
        Token::Word(word) if word.quote_style.is_none() && word.value.starts_with('@') => Some(word.value.clone()),
        _ => None,
    }
}
