//! The grammar of DECLARE, SET, EXEC and THROW.

use super::batch::{BatchParser, syntax};
use super::lexer::variable;
use super::{Declaration, Step};
use crate::error::SqlError;
use sqlparser::tokenizer::Token;

impl BatchParser<'_> {
    fn variable(&mut self) -> Result<String, SqlError> {
        let found = variable(&self.parser.peek_token_ref().token).filter(|name| !name.starts_with("@@"));
        let name = found.ok_or_else(|| self.unexpected())?;
        self.parser.next_token();
        Ok(name.to_lowercase())
    }

    pub(super) fn declarations(&mut self) -> Result<Vec<Declaration>, SqlError> {
        let mut declarations = Vec::new();
        loop {
            let variable = self.variable()?;
            self.takes(&["AS"]);
            let data_type = self.parser.parse_data_type().map_err(syntax)?;
            let value = if self.parser.consume_token(&Token::Eq) { Some(self.expr()?) } else { None };
            declarations.push(Declaration { variable, data_type, value, is_output: self.takes_output() });
            if !self.parser.consume_token(&Token::Comma) {
                return Ok(declarations);
            }
        }
    }

    fn takes_output(&mut self) -> bool {
        self.takes(&["OUTPUT"]) || self.takes(&["OUT"])
    }

    pub(super) fn set(&mut self) -> Result<Step, SqlError> {
        if variable(&self.parser.peek_token_ref().token).is_some() {
            let variable = self.variable()?;
            self.expects_token(&Token::Eq)?;
            return Ok(Step::Set { variable, value: self.expr()? });
        }
        let mut words = Vec::new();
        while let Token::Word(word) = &self.parser.peek_token_ref().token {
            words.push(word.value.to_uppercase());
            self.parser.next_token();
            if matches!(
                words.last().map(String::as_str),
                Some("ON" | "OFF" | "COMMITTED" | "UNCOMMITTED" | "READ_ONLY")
            ) {
                break;
            }
        }
        let sign = if self.parser.consume_token(&Token::Minus) { "-" } else { "" };
        if let Token::Number(number, _) = self.parser.peek_token_ref().token.clone() {
            self.parser.next_token();
            words.push(format!("{sign}{number}"));
        }
        match words.split_last() {
            Some((value, name)) if !name.is_empty() => Ok(Step::Option { name: name.join(" "), value: value.clone() }),
            _ => Err(self.unexpected()),
        }
    }

    pub(super) fn execute(&mut self) -> Result<Step, SqlError> {
        if self.parser.consume_token(&Token::LParen) {
            let text = self.expr()?;
            self.expects_token(&Token::RParen)?;
            return Ok(Step::ExecuteText(text));
        }
        let result = if variable(&self.parser.peek_token_ref().token).is_some() {
            let result = self.variable()?;
            self.expects_token(&Token::Eq)?;
            Some(result)
        } else {
            None
        };
        let procedure = self.parser.parse_object_name(false).map_err(syntax)?;
        let procedure = procedure.0.last().map(|part| part.to_string().to_lowercase()).unwrap_or_default();
        let mut arguments = Vec::new();
        while !matches!(self.parser.peek_token_ref().token, Token::SemiColon | Token::EOF) {
            let named = variable(&self.parser.peek_token_ref().token).is_some()
                && self.parser.peek_nth_token(1).token == Token::Eq;
            let name = if named {
                let name = self.variable()?;
                self.expects_token(&Token::Eq)?;
                Some(name)
            } else {
                None
            };
            arguments.push((name, self.expr()?));
            if self.takes_output() {
                return Err(SqlError::unsupported("OUTPUT arguments of EXEC"));
            }
            if !self.parser.consume_token(&Token::Comma) {
                break;
            }
        }
        Ok(Step::Execute { result, procedure, arguments })
    }

    pub(super) fn throw(&mut self) -> Result<Step, SqlError> {
        if matches!(self.parser.peek_token_ref().token, Token::SemiColon | Token::EOF) || self.sees(&["END"]) {
            return Ok(Step::Throw(None));
        }
        let number = self.expr()?;
        self.expects_token(&Token::Comma)?;
        let message = self.expr()?;
        self.expects_token(&Token::Comma)?;
        Ok(Step::Throw(Some(Box::new([number, message, self.expr()?]))))
    }
}
