//! The grammar of ALTER TABLE and ALTER DATABASE.

use super::batch::{BatchParser, syntax};
use super::lexer::is_word;
use super::{Step, TableChange};
use crate::error::SqlError;
use sqlparser::parser::Parser;

impl BatchParser<'_> {
    pub(super) fn alter_table(&mut self) -> Result<Step, SqlError> {
        let table = self.parser.parse_object_name(false).map_err(syntax)?;
        let change = if self.takes(&["ALTER", "COLUMN"]) {
            TableChange::AlterColumn(self.parser.parse_column_def().map_err(syntax)?)
        } else if self.takes(&["DROP", "CONSTRAINT"]) {
            TableChange::DropConstraint(self.name()?)
        } else if self.sees(&["ADD", "CONSTRAINT"]) && is_word(&self.parser.peek_nth_token(3).token, "DEFAULT") {
            self.expects(&["ADD", "CONSTRAINT"])?;
            let name = self.name()?;
            self.expects(&["DEFAULT"])?;
            let value = Box::new(self.expr()?);
            self.expects(&["FOR"])?;
            TableChange::AddDefault { name, value, column: self.name()? }
        } else {
            self.expects(&["ADD"])?;
            match self.parser.parse_optional_table_constraint().map_err(syntax)? {
                Some(constraint) => TableChange::AddConstraint(Box::new(constraint)),
                None => {
                    let columns = self.parser.parse_comma_separated(Parser::parse_column_def);
                    TableChange::AddColumns(columns.map_err(syntax)?)
                }
            }
        };
        Ok(Step::Alter { table, change })
    }

    pub(super) fn alter_database(&mut self) -> Result<Step, SqlError> {
        let database = self.name()?;
        self.expects(&["SET", "READ_COMMITTED_SNAPSHOT"])?;
        let on = self.takes(&["ON"]);
        if !on {
            self.expects(&["OFF"])?;
        }
        // What happens to other sessions of the database, which do not hinder the change here.
        if !self.takes(&["WITH", "NO_WAIT"]) {
            self.takes(&["WITH", "ROLLBACK", "IMMEDIATE"]);
        }
        Ok(Step::SnapshotReads { database, on })
    }
}
