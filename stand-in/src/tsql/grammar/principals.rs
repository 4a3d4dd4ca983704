//! The grammar of logins, users, roles and permissions.

use super::batch::{BatchParser, syntax};
use super::{DatabasePrincipalStatement, PrincipalStatement};
use crate::error::SqlError;
use sqlparser::tokenizer::Token;

impl BatchParser<'_> {
    /// Parses the next statement, if it concerns a principal or a permission.
    pub(super) fn principal(&mut self) -> Result<Option<PrincipalStatement>, SqlError> {
        if self.takes(&["CREATE", "LOGIN"]) {
            return self.create_login().map(Some);
        }
        if self.takes(&["ALTER", "SERVER", "ROLE", "SYSADMIN", "ADD", "MEMBER"]) {
            return Ok(Some(PrincipalStatement::AddSysadmin { login: self.name()? }));
        }
        Ok(self.database_principal()?.map(PrincipalStatement::InDatabase))
    }

    fn database_principal(&mut self) -> Result<Option<DatabasePrincipalStatement>, SqlError> {
        Ok(Some(if self.takes(&["CREATE", "USER"]) {
            let name = self.name()?;
            let named = self.takes(&["FOR", "LOGIN"]) || self.takes(&["FROM", "LOGIN"]);
            let login = if named { self.name()? } else { name.clone() };
            DatabasePrincipalStatement::CreateUser { name, login }
        } else if self.takes(&["CREATE", "ROLE"]) {
            DatabasePrincipalStatement::CreateRole { name: self.name()? }
        } else if self.takes(&["ALTER", "ROLE"]) {
            self.alter_role()?
        } else if self.takes(&["GRANT"]) {
            self.permit(Some(false))?
        } else if self.takes(&["DENY"]) {
            self.permit(Some(true))?
        } else if self.takes(&["REVOKE"]) {
            self.permit(None)?
        } else {
            return Ok(None);
        }))
    }

    fn create_login(&mut self) -> Result<PrincipalStatement, SqlError> {
        let name = self.name()?;
        if self.takes(&["FROM", "WINDOWS"]) {
            return Ok(PrincipalStatement::CreateLogin { name, password: None });
        }
        self.expects(&["WITH", "PASSWORD"])?;
        if !self.parser.consume_token(&Token::Eq) {
            return Err(self.unexpected());
        }
        match self.parser.next_token().token {
            Token::SingleQuotedString(password) | Token::NationalStringLiteral(password) => {
                Ok(PrincipalStatement::CreateLogin { name, password: Some(password) })
            }
            other => Err(SqlError::syntax(other)),
        }
    }

    fn alter_role(&mut self) -> Result<DatabasePrincipalStatement, SqlError> {
        let role = self.name()?;
        if self.takes(&["ADD", "MEMBER"]) {
            return Ok(DatabasePrincipalStatement::AddMember { role, member: self.name()? });
        }
        self.expects(&["DROP", "MEMBER"])?;
        Ok(DatabasePrincipalStatement::DropMember { role, member: self.name()? })
    }

    fn permit(&mut self, denied: Option<bool>) -> Result<DatabasePrincipalStatement, SqlError> {
        let permissions = self.names()?;
        if self.parser.peek_token_ref().token == Token::LParen {
            return Err(SqlError::unsupported("permissions on single columns"));
        }
        self.expects(&["ON"])?;
        if self.takes(&["OBJECT"]) && !self.parser.consume_token(&Token::DoubleColon) {
            return Err(self.unexpected());
        }
        let object = self.parser.parse_object_name(false).map_err(syntax)?;
        if !(self.takes(&["TO"]) || (denied.is_none() && self.takes(&["FROM"]))) {
            return Err(self.unexpected());
        }
        Ok(DatabasePrincipalStatement::Permit { denied, permissions, object, grantees: self.names()? })
    }

    fn names(&mut self) -> Result<Vec<String>, SqlError> {
        let mut names = vec![self.name()?];
        while self.parser.consume_token(&Token::Comma) {
            names.push(self.name()?);
        }
        Ok(names)
    }
}
