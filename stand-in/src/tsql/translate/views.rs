//! CREATE VIEW, and whether a view is updatable.

use super::{ObjectPath, Relation, Translator, quote_identifier, require_supported};
use crate::error::SqlError;
use crate::store::catalog::{self, CatalogObject, ColumnDefinition, ObjectKind};
use sqlparser::ast::{CreateView, Expr, SelectItem, SetExpr, TableFactor};

impl Translator<'_> {
    pub(crate) fn create_view(&mut self, view: &CreateView) -> Result<(), SqlError> {
        require_supported(
            !view.or_alter && !view.materialized && view.to.is_none(),
            "CREATE OR ALTER VIEW and materialized views",
        )?;
        if view.or_replace || view.if_not_exists || view.temporary {
            return Err(SqlError::syntax("OR"));
        }
        let title = self.new_object(&view.name, "CREATE VIEW")?;
        let Relation { sql, mut columns } = self.query(&view.query)?;
        let names: Vec<_> = view.columns.iter().map(|column| column.name.value.clone()).collect();
        super::query::rename_columns(&mut columns, &names, &title)?;
        let under = self.updatable(&view.query.body, columns.len())?;
        let id = catalog::add(self.connection, &title, ObjectKind::View, under.as_ref().map(|table| table.0.id))?;
        for (i, column) in columns.iter().enumerate() {
            let base = under.as_ref().map(|(table, bases)| table.column(&bases[i])).transpose()?;
            let shown = ColumnDefinition {
                name: column.name.clone(),
                sql_type: column.sql_type,
                nullable: base.is_none_or(|base| base.nullable),
                identity: base.is_some_and(|base| base.identity),
                default_name: None,
                default_value: None,
                base: base.map(|base| base.name.clone()),
            };
            catalog::put_column(self.connection, id, &shown)?;
        }
        let places: Vec<_> = columns.iter().map(|column| quote_identifier(&column.name)).collect();
        self.run(&format!("CREATE VIEW {} ({}) AS {sql}", quote_identifier(&title), places.join(", ")))
    }

    /// The table and its columns behind an updatable view: plain columns of one table, all rows.
    fn updatable(&mut self, body: &SetExpr, width: usize) -> Result<Option<(CatalogObject, Vec<String>)>, SqlError> {
        let SetExpr::Select(select) = body else { return Ok(None) };
        let [from] = select.from.as_slice() else { return Ok(None) };
        let TableFactor::Table { name: table, .. } = &from.relation else { return Ok(None) };
        let whole =
            from.joins.is_empty() && select.selection.is_none() && select.distinct.is_none() && select.top.is_none();
        let table = ObjectPath::of(table, &self.context.database)?;
        let Some(object) = catalog::find(self.connection, &table.object)? else { return Ok(None) };
        let columns: Option<Vec<_>> = select.projection.iter().map(plain_column).collect();
        let fits = |columns: &Vec<String>| columns.len() == width && columns.iter().all(|it| object.column(it).is_ok());
        let columns = columns.filter(|columns| whole && object.kind == ObjectKind::Table && fits(columns));
        Ok(columns.map(|columns| (object, columns)))
    }
}

fn plain_column(item: &SelectItem) -> Option<String> {
    let (SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) = item else { return None };
    match expr {
        Expr::Identifier(ident) => Some(ident.value.clone()),
        Expr::CompoundIdentifier(parts) => parts.last().map(|part| part.value.clone()),
        _ => None,
    }
}
