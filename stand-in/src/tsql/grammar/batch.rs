//! The grammar of a batch: blocks, IF, WHILE, TRY … CATCH, transactions.

use super::lexer::{is_word, tokenize, too_deep};
use super::{Declaration, NumberedStep, Step};
use crate::error::SqlError;
use sqlparser::ast::{Expr, Statement};
use sqlparser::dialect::{Dialect, MsSqlDialect};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

/// The deepest nesting of blocks, as in SQL Server.
const MAX_DEPTH: usize = 32;

/// Parses a whole batch, so that nothing runs if any part of it is not T-SQL.
///
/// # Errors
/// 102 with the unexpected token, 105 for an unclosed quote, 191 for a batch nested too deeply.
pub(crate) fn parse(sql: &str) -> Result<Vec<NumberedStep>, SqlError> {
    let dialect = MsSqlDialect {};
    let mut batch = BatchParser::new(&dialect, sql)?;
    let mut steps = Vec::new();
    while !batch.at_end() {
        steps.push(batch.step().map_err(|error| batch.located(error, sql))?);
    }
    if steps.len() > 1 && steps.iter().any(is_view) {
        return Err(SqlError::new(111, 15, "'CREATE VIEW' must be the first statement in a query batch."));
    }
    Ok(steps)
}

fn is_view(step: &NumberedStep) -> bool {
    matches!(&step.step, Step::Sql(statement) if matches!(**statement, Statement::CreateView(_)))
}

/// Parses the parameter declarations of sp_executesql: `@P1 int, @P2 nvarchar(4000)`.
pub(crate) fn parse_declarations(text: &str) -> Result<Vec<Declaration>, SqlError> {
    let dialect = MsSqlDialect {};
    let mut batch = BatchParser::new(&dialect, text)?;
    if batch.at_end() {
        return Ok(Vec::new());
    }
    let declarations = batch.declarations()?;
    if batch.at_end() { Ok(declarations) } else { Err(batch.unexpected()) }
}

pub(super) struct BatchParser<'a> {
    pub(super) parser: Parser<'a>,
    depth: usize,
}

impl<'a> BatchParser<'a> {
    fn new(dialect: &'a dyn Dialect, sql: &str) -> Result<Self, SqlError> {
        Ok(Self { parser: Parser::new(dialect).with_tokens_with_locations(tokenize(sql)?), depth: 0 })
    }

    /// Skips semicolons. Whether the end of the batch is reached.
    fn at_end(&mut self) -> bool {
        while self.parser.consume_token(&Token::SemiColon) {}
        self.parser.peek_token_ref().token == Token::EOF
    }

    pub(super) fn unexpected(&self) -> SqlError {
        SqlError::syntax(&self.parser.peek_token_ref().token)
    }

    /// Whether the next tokens are these words.
    pub(super) fn sees(&self, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(n, word)| is_word(&self.parser.peek_nth_token(n).token, word))
    }

    /// Consumes these words if they are the next tokens.
    pub(super) fn takes(&mut self, words: &[&str]) -> bool {
        let seen = self.sees(words);
        if seen {
            words.iter().for_each(|_| drop(self.parser.next_token()));
        }
        seen
    }

    pub(super) fn expects(&mut self, words: &[&str]) -> Result<(), SqlError> {
        if self.takes(words) { Ok(()) } else { Err(self.unexpected()) }
    }

    pub(super) fn expects_token(&mut self, token: &Token) -> Result<(), SqlError> {
        if self.parser.consume_token(token) { Ok(()) } else { Err(self.unexpected()) }
    }

    pub(super) fn expr(&mut self) -> Result<Expr, SqlError> {
        self.parser.parse_expr().map_err(syntax)
    }

    /// The error with the line where the parser stopped, unless it has one. The end of the batch is in its last line.
    fn located(&self, error: SqlError, sql: &str) -> SqlError {
        let last = || sql.matches('\n').count() as u64 + 1;
        let here = self.parser.peek_token_ref().span.start.line;
        let line = [error.line, here].into_iter().find(|line| *line > 0).unwrap_or_else(last);
        SqlError { line, ..error }
    }

    fn step(&mut self) -> Result<NumberedStep, SqlError> {
        if self.depth == MAX_DEPTH {
            return Err(too_deep());
        }
        self.depth += 1;
        while self.parser.consume_token(&Token::SemiColon) {}
        let line = self.parser.peek_token_ref().span.start.line;
        let step = self.bare_step().map(|step| NumberedStep { line, step });
        self.depth -= 1;
        if self.depth > 0 && step.as_ref().is_ok_and(is_view) {
            return Err(SqlError::syntax("VIEW"));
        }
        step
    }

    fn bare_step(&mut self) -> Result<Step, SqlError> {
        if self.takes(&["IF"]) {
            return self.condition();
        }
        if self.takes(&["WHILE"]) {
            return Ok(Step::While { condition: self.expr()?, body: Box::new(self.step()?) });
        }
        if self.takes(&["BEGIN", "TRY"]) {
            return self.attempt();
        }
        if self.sees(&["SAVE", "TRANSACTION"]) || self.sees(&["SAVE", "TRAN"]) {
            return Err(SqlError::unsupported("SAVE TRANSACTION"));
        }
        if let Some(step) = self.transaction() {
            return Ok(step);
        }
        if self.takes(&["BEGIN"]) {
            return self.until(&["END"]).map(Step::Block);
        }
        if self.takes(&["DECLARE"]) {
            return self.declarations().map(Step::Declare);
        }
        if self.takes(&["SET"]) {
            return self.set();
        }
        if self.takes(&["EXEC"]) || self.takes(&["EXECUTE"]) {
            return self.execute();
        }
        if self.takes(&["THROW"]) {
            return self.throw();
        }
        if self.takes(&["PRINT"]) {
            return self.expr().map(Step::Print);
        }
        if self.takes(&["WAITFOR", "DELAY"]) {
            return self.expr().map(Step::WaitFor);
        }
        if self.takes(&["RETURN"]) {
            return Ok(Step::Return);
        }
        if self.takes(&["USE"]) {
            return self.name().map(Step::Use);
        }
        if self.takes(&["ALTER", "TABLE"]) {
            return self.alter_table();
        }
        if self.takes(&["ALTER", "DATABASE"]) {
            return self.alter_database();
        }
        if self.takes(&["DROP", "INDEX"]) {
            let name = self.name()?;
            self.expects(&["ON"])?;
            return Ok(Step::DropIndex { name, table: self.parser.parse_object_name(false).map_err(syntax)? });
        }
        if let Some(step) = self.principal()? {
            return Ok(Step::Principal(step));
        }
        self.sql()
    }

    /// Parses a statement with `sqlparser`, and the OPTION clause after it, which `sqlparser` does not know.
    fn sql(&mut self) -> Result<Step, SqlError> {
        let statement = self.parser.parse_statement().map_err(syntax)?;
        if self.takes(&["OPTION"]) {
            self.expects_token(&Token::LParen)?;
            loop {
                // These hints affect the optimizer only, never the result.
                let known =
                    self.takes(&["RECOMPILE"]) || self.takes(&["OPTIMIZE", "FOR", "UNKNOWN"]) || self.max_dop()?;
                if !known {
                    return Err(self.unexpected());
                }
                if !self.parser.consume_token(&Token::Comma) {
                    break;
                }
            }
            self.expects_token(&Token::RParen)?;
        }
        Ok(Step::Sql(Box::new(statement)))
    }

    fn max_dop(&mut self) -> Result<bool, SqlError> {
        let found = self.takes(&["MAXDOP"]);
        if found {
            self.parser.parse_literal_uint().map_err(syntax)?;
        }
        Ok(found)
    }

    fn condition(&mut self) -> Result<Step, SqlError> {
        let condition = self.expr()?;
        let then = Box::new(self.step()?);
        if self.parser.peek_token_ref().token == Token::SemiColon
            && is_word(&self.parser.peek_nth_token(1).token, "ELSE")
        {
            self.parser.next_token();
        }
        let otherwise = if self.takes(&["ELSE"]) { Some(Box::new(self.step()?)) } else { None };
        Ok(Step::If { condition, then, otherwise })
    }

    fn until(&mut self, end: &[&str]) -> Result<Vec<NumberedStep>, SqlError> {
        let mut steps = Vec::new();
        loop {
            if self.at_end() {
                return Err(self.unexpected());
            }
            if self.takes(end) {
                return Ok(steps);
            }
            steps.push(self.step()?);
        }
    }

    fn attempt(&mut self) -> Result<Step, SqlError> {
        let body = self.until(&["END", "TRY"])?;
        while self.parser.consume_token(&Token::SemiColon) {}
        self.expects(&["BEGIN", "CATCH"])?;
        Ok(Step::Try { body, handler: self.until(&["END", "CATCH"])? })
    }

    fn transaction(&mut self) -> Option<Step> {
        for word in ["TRANSACTION", "TRAN"] {
            if self.takes(&["BEGIN", word]) {
                return Some(Step::Begin);
            }
            if self.takes(&["COMMIT", word]) {
                return Some(Step::Commit);
            }
            if self.takes(&["ROLLBACK", word]) {
                return Some(Step::Rollback);
            }
        }
        if self.takes(&["COMMIT"]) {
            self.takes(&["WORK"]);
            return Some(Step::Commit);
        }
        if self.takes(&["ROLLBACK"]) {
            self.takes(&["WORK"]);
            return Some(Step::Rollback);
        }
        None
    }

    pub(super) fn name(&mut self) -> Result<String, SqlError> {
        self.parser.parse_identifier().map(|ident| ident.value).map_err(syntax)
    }
}

/// Converts an error of `sqlparser`, whose text names the token found, to SQL Server's 102.
pub(super) fn syntax(error: ParserError) -> SqlError {
    let text = match &error {
        ParserError::ParserError(text) | ParserError::TokenizerError(text) => text.as_str(),
        ParserError::RecursionLimitExceeded => {
            return too_deep();
        }
    };
    let found = text.split_once("found: ").map_or(text, |(_, found)| found);
    let (near, place) = found.split_once(" at Line: ").unwrap_or((found, ""));
    let line = place.split(',').next().and_then(|line| line.parse().ok()).unwrap_or(0);
    SqlError { line, ..SqlError::syntax(near) }
}
