//! Tables, views and files by name.

use super::Analyzer;
use super::environment::Environment;
use super::expression::{Clause, Resolver};
use super::resolved::Resolved;
use super::scope::Scope;
use super::subquery::cast_columns;
use crate::catalog::{CATALOG, Entry, GLOBAL_TEMP, TableSource, View, ViewKind, not_found};
use crate::config::Config;
use crate::datasource::Table;
use crate::error::{Error, Result, conditions, quote};
use crate::plan::unresolved::{Expression, Options};
use crate::types::coercion::can_cast;
use crate::types::{DataType, StructType, Value};
use arrow::array::RecordBatch;
use std::rc::Rc;
use std::sync::Arc;

/// Makes tables of files: what the analyzer needs of the data sources. Called from the thread that plans.
pub trait TableResolver {
    /// A table over files of a format; the schema is inferred where none is given.
    fn read_files(
        &self,
        format: &str,
        paths: &[String],
        schema: Option<&StructType>,
        options: &Options,
        config: &Config,
    ) -> Result<Arc<dyn Table>>;

    /// A table over batches in memory.
    fn memory(&self, schema: &StructType, batches: &Arc<[RecordBatch]>) -> Arc<dyn Table>;

    /// Whether ``SELECT * FROM format.`path` `` can be meant by a name.
    fn is_format(&self, format: &str) -> bool;
}

impl Analyzer<'_> {
    /// What a table name stands for: a CTE, a view, a table or files.
    pub(super) fn table(
        &self,
        name: &[String],
        options: &Options,
        environment: &Environment,
    ) -> Result<Resolved> {
        if let [single] = name
            && let Some(frame) = environment.find_cte(single)
        {
            return self.cte(&frame, single, environment);
        }
        match self.find(name) {
            Some(Entry::View(view)) => {
                if view.kind != ViewKind::Persistent {
                    let object = ("VIEW", view.name.clone());
                    self.temporary.borrow_mut().push(object);
                }
                self.view(&view)
            }
            Some(Entry::Table(definition)) => {
                let table = match &definition.source {
                    TableSource::Provided(table) => table.clone(),
                    TableSource::Files {
                        format,
                        location,
                        options: own,
                        ..
                    } => {
                        let mut all = own.clone();
                        all.extend(options.clone());
                        let paths = std::slice::from_ref(location);
                        self.files(format, paths, Some(&definition.schema), &all)?
                    }
                };
                let text = definition.name.join(".");
                Ok(self.scan(table, &text, definition.name.as_slice().into()))
            }
            None => match name {
                [format, path] if self.files.is_format(format) => {
                    if path.is_empty() {
                        let location = ("location", String::new());
                        return Err(Error::new(&conditions::INVALID_EMPTY_LOCATION, [location]));
                    }
                    let table = self
                        .files(format, std::slice::from_ref(path), None, options)
                        .map_err(|error| match error.condition().main_name() {
                            "FAILED_READ_FILE" => {
                                let format = ("dataSourceType", format.to_lowercase());
                                Error::new(
                                    &conditions::FAILED_TO_CREATE_PLAN_FOR_DIRECT_QUERY,
                                    [format],
                                )
                                .caused_by(error)
                            }
                            _ => error,
                        })?;
                    let text = format!("{} {path}", format.to_lowercase());
                    Ok(self.scan(table, &text, Rc::from([])))
                }
                [catalog, database, _] if !catalog.eq_ignore_ascii_case(CATALOG) => {
                    Err(Error::new(
                        &conditions::REQUIRES_SINGLE_PART_NAMESPACE,
                        [
                            ("sessionCatalog", CATALOG.to_string()),
                            ("identifier", quote::name(&[catalog, database])),
                        ],
                    ))
                }
                _ => Err(not_found(name)),
            },
        }
    }

    /// The entry of a name, seen from the view whose query is resolved or from the session.
    fn find(&self, name: &[String]) -> Option<Entry> {
        let database = self.database.borrow().clone();
        if let ([table], Some(database)) = (name, database)
            && self.catalog.temporary_view(table).is_none()
        {
            return self.catalog.find(&[database, table.clone()]);
        }
        self.catalog.find(name)
    }

    /// `spark.read`
    pub(super) fn read(
        &self,
        format: &str,
        schema: Option<&StructType>,
        options: &Options,
        paths: &[String],
    ) -> Result<Resolved> {
        let table = self.files(format, paths, schema, options)?;
        Ok(self.scan(table, format, Rc::from([])))
    }

    fn files(
        &self,
        format: &str,
        paths: &[String],
        schema: Option<&StructType>,
        options: &Options,
    ) -> Result<Arc<dyn Table>> {
        let key = format!("{format} {paths:?} {schema:?} {options:?}");
        if let Some(table) = self.file_tables.borrow().get(&key) {
            return Ok(table.clone());
        }
        let table = self
            .files
            .read_files(format, paths, schema, options, &self.config())?;
        self.file_tables.borrow_mut().insert(key, table.clone());
        Ok(table)
    }

    /// A view: its query, resolved under the settings and in the database of its creation.
    fn view(&self, view: &View) -> Result<Resolved> {
        let name = view.display_name();
        if self.views.borrow().contains(&name) {
            let mut path = self.views.borrow().clone();
            path.push(name.clone());
            let path: Vec<String> = path.iter().map(|view| quote::identifier(view)).collect();
            return Err(Error::new(
                &conditions::RECURSIVE_VIEW,
                [
                    ("viewIdent", quote::name(&view.name)),
                    ("newPath", path.join(" -> ")),
                ],
            ));
        }
        let mut config = (*self.config()).clone();
        for (key, value) in &view.settings {
            config.set(key, value);
        }
        let settings = self.config.replace(Arc::new(config));
        let database = match view.kind {
            ViewKind::Persistent => self.database.replace(Some(view.database.clone())),
            ViewKind::Temporary | ViewKind::GlobalTemporary => self.database.borrow().clone(),
        };
        self.views.borrow_mut().push(name);
        let resolved = self.relation(&view.query, &Environment::default());
        self.views.borrow_mut().pop();
        self.config.replace(settings);
        self.database.replace(database);
        let mut resolved = resolved?;
        if let (ViewKind::Persistent, Some(schema)) = (view.kind, &view.schema) {
            resolved = self.view_columns(resolved, view, schema)?;
        }
        let names: Vec<String> = view.columns.iter().map(|(name, _)| name.clone()).collect();
        let qualifier = match view.kind {
            ViewKind::GlobalTemporary => {
                let name = view.name.last().cloned().unwrap_or_default();
                vec![GLOBAL_TEMP.to_string(), name]
            }
            ViewKind::Temporary | ViewKind::Persistent => view.name.clone(),
        };
        self.aliased(resolved, &qualifier, &names)
    }

    /// A persistent view keeps the columns it was created with: they are found by position and cast.
    fn view_columns(
        &self,
        resolved: Resolved,
        view: &View,
        schema: &StructType,
    ) -> Result<Resolved> {
        let visible = resolved.visible();
        if visible.len() < schema.len() {
            let missing = schema
                .get(visible.len())
                .map_or("", |field| field.name.as_str());
            let actual: Vec<String> = visible
                .iter()
                .map(|column| column.name.to_string())
                .collect();
            return Err(Error::new(
                &conditions::INCOMPATIBLE_VIEW_SCHEMA_CHANGE,
                [
                    ("viewName", quote::name(&view.name)),
                    ("colName", quote::identifier(missing)),
                    ("expectedNum", "1".to_string()),
                    ("actualCols", format!("[{}]", actual.join(","))),
                    (
                        "suggestion",
                        format!("CREATE OR REPLACE VIEW {} AS", view.display_name()),
                    ),
                ],
            ));
        }
        for (column, field) in visible.iter().zip(schema.iter()) {
            if !can_cast(&column.data_type, &field.data_type, self.ansi()) {
                return Err(Error::new(
                    &conditions::DATATYPE_MISMATCH_CAST_WITHOUT_SUGGESTION,
                    [
                        ("sqlExpr", quote::sql_expression(&column.name)),
                        ("srcType", quote::sql_type(&column.data_type)),
                        ("targetType", quote::sql_type(&field.data_type)),
                    ],
                ));
            }
        }
        let types: Vec<DataType> = schema.iter().map(|field| field.data_type.clone()).collect();
        let resolved = resolved.into_visible(&self.ids);
        let plan = cast_columns(resolved.plan, &types, &self.ids, self.ansi());
        Ok(Resolved::plain(plan))
    }

    /// The name that `IDENTIFIER(text)` stands for.
    pub(super) fn identifier(
        &self,
        name: &Expression,
        environment: &Environment,
    ) -> Result<Vec<String>> {
        let scope = Scope::default();
        let scopes = [&scope];
        let mut resolver = Resolver::new(self, environment, &scopes, Clause::Other("IDENTIFIER"));
        let typed =
            resolver
                .expression(name)
                .map_err(|error| match error.condition().main_name() {
                    "UNRESOLVED_COLUMN" => Error::new(
                        &conditions::NOT_A_CONSTANT_STRING_NOT_CONSTANT,
                        [
                            ("name", "IDENTIFIER".to_string()),
                            (
                                "expr",
                                error
                                    .parameter("objectName")
                                    .unwrap_or_default()
                                    .to_string(),
                            ),
                        ],
                    )
                    .at(name.origin.as_ref()),
                    _ => error,
                })?;
        let clause = ("name", "IDENTIFIER".to_string());
        let sql = ("expr", quote::sql_expression(&typed.sql));
        let error = match self.fold(&typed.expr)? {
            _ if !typed.data_type().is_string() && typed.data_type() != DataType::Null => {
                Error::new(
                    &conditions::NOT_A_CONSTANT_STRING_WRONG_TYPE,
                    [clause, sql, ("dataType", typed.data_type().simple_string())],
                )
            }
            Some(Value::String(text)) => return crate::sql::parse_identifier(&text),
            Some(_) => Error::new(&conditions::NOT_A_CONSTANT_STRING_NULL, [clause, sql]),
            None => Error::new(
                &conditions::NOT_A_CONSTANT_STRING_NOT_CONSTANT,
                [clause, sql],
            ),
        };
        Err(error.at(name.origin.as_ref()))
    }
}
