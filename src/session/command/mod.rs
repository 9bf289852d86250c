//! Commands: statements that change or show the session's state. They run at once; their answer is a
//! DataFrame of rows in memory.

mod alter;
mod cache;
mod describe;
mod functions;
mod insert;
mod partitions;
mod settings;
mod show;
mod tables;
mod variables;
mod views;

use super::{DataFrame, Session};
use crate::error::{Error, Result};
use crate::plan::unresolved::{Command, CreateTable, Relation, Statement};
use crate::types::{DataType, StructField, StructType, Value};

/// Runs a command.
pub(super) fn run(session: &Session, command: Command) -> Result<DataFrame> {
    match command {
        Command::CreateView(view) => views::create(session, view),
        Command::CreateViewUsing {
            name,
            replace,
            global,
            schema,
            format,
            options,
        } => views::create_using(session, &name, replace, global, (format, schema, options)),
        Command::CreateTable(table) => tables::create(session, table),
        Command::Drop {
            name,
            view,
            if_exists,
            origin,
        } => tables::drop_object(session, &name, view, if_exists, origin.as_ref()),
        Command::Insert {
            table,
            columns,
            partition,
            overwrite,
            by_name,
            query,
        } => insert::into_table(
            session,
            insert::Insert {
                table,
                columns,
                partition,
                overwrite,
                by_name,
                query,
            },
        ),
        Command::InsertDirectory {
            path,
            format,
            options,
            query,
        } => insert::into_directory(session, path, format, options, query),
        Command::Set { key, value } => settings::set(session, key, value),
        Command::Reset { key } => settings::reset(session, key),
        Command::Explain { mode, statement } => settings::explain(session, mode, *statement),
        Command::DescribeTable {
            name,
            extended,
            partition: None,
            column,
        } => describe::table(session, &name, extended, column.as_deref()),
        Command::DescribeTable {
            name,
            extended,
            partition: Some(partition),
            ..
        } => describe::partition(session, &name, extended, &partition),
        Command::DescribeDatabase { name, extended } => {
            describe::database(session, &name, extended)
        }
        Command::DescribeQuery(relation) => describe::query(session, relation),
        Command::DescribeFunction { name, extended } => {
            describe::function(session, &name, extended)
        }
        Command::ShowTables { database, pattern } => {
            show::tables(session, database.as_deref(), pattern.as_deref())
        }
        Command::ShowViews { database, pattern } => {
            show::views(session, database.as_deref(), pattern.as_deref())
        }
        Command::ShowColumns { table } => show::columns(session, &table),
        Command::ShowFunctions { pattern } => show::functions(session, pattern.as_deref()),
        Command::ShowDatabases { pattern } => show::databases(session, pattern.as_deref()),
        Command::ShowCreateTable { name } => show::create_table(session, &name),
        Command::ShowTableProperties { name, key } => {
            show::table_properties(session, &name, key.as_deref())
        }
        Command::ShowPartitions { table, partition } => {
            partitions::show(session, &table, partition.as_ref())
        }
        Command::ShowCurrentDatabase => {
            let database = session.state.catalog.current_database();
            let row = [crate::catalog::CATALOG.to_string(), database];
            texts(session, ["catalog", "namespace"], [row])
        }
        Command::ChangeTable(command) => alter::change(session, command),
        Command::Use { name } => {
            let database = name.last().map_or("", String::as_str);
            session.state.catalog.use_database(database)?;
            nothing(session)
        }
        Command::CreateDatabase {
            name,
            if_not_exists,
        } => {
            let database = name.last().map_or("", String::as_str);
            session
                .state
                .catalog
                .create_database(database, if_not_exists)?;
            nothing(session)
        }
        Command::DropDatabase {
            name,
            if_exists,
            cascade,
        } => {
            let database = name.last().map_or("", String::as_str);
            session
                .state
                .catalog
                .drop_database(database, if_exists, cascade)?;
            nothing(session)
        }
        Command::CacheTable { name, lazy, query } => cache::add(session, &name, lazy, query),
        Command::UncacheTable { name, if_exists } => cache::remove(session, &name, if_exists),
        Command::ClearCache => {
            session.state.cache.clear();
            nothing(session)
        }
        // Tables look at their files anew at every query.
        Command::RefreshTable { name } => {
            describe::resolve(session, &name)?;
            nothing(session)
        }
        Command::DeclareVariable {
            names,
            replace,
            data_type,
            default,
        } => variables::declare(session, &names, replace, data_type, default),
        Command::SetVariable { assignments } => variables::set(session, assignments),
        Command::SetVariableQuery { names, query } => variables::set_from(session, &names, query),
        Command::DropVariable { name, if_exists } => {
            session.state.catalog.drop_variable(&name, if_exists)?;
            nothing(session)
        }
        Command::ExecuteImmediate { text, into, using } => {
            variables::execute_immediate(session, &text, &into, using)
        }
        Command::CreateFunction(definition) => functions::create(session, &definition),
        Command::DropFunction {
            name,
            temporary,
            if_exists,
        } => functions::drop(session, &name, temporary, if_exists),
        Command::Unsupported { name } => Err(Error::unsupported(name)),
    }
}

/// Creates a table, as `saveAsTable` does.
pub(super) fn create_table(session: &Session, table: CreateTable) -> Result<()> {
    tables::create(session, table).map(|_| ())
}

/// Appends rows to a table by position, as `insertInto` does.
pub(super) fn append_to_table(
    session: &Session,
    table: Vec<String>,
    query: Relation,
) -> Result<()> {
    let insert = insert::Insert {
        table,
        columns: Vec::new(),
        partition: Vec::new(),
        overwrite: false,
        by_name: false,
        query,
    };
    insert::into_table(session, insert).map(|_| ())
}

/// Runs a statement that stands inside a command.
fn run_statement(session: &Session, statement: Statement) -> Result<DataFrame> {
    match statement {
        Statement::Query(relation) => DataFrame::new(session, relation),
        Statement::Command(command) => run(session, command),
    }
}

/// The answer of a command that has none.
fn nothing(session: &Session) -> Result<DataFrame> {
    session.answer(StructType::default(), Vec::new())
}

/// The answer of a command with text columns.
fn texts<const N: usize>(
    session: &Session,
    columns: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> Result<DataFrame> {
    let fields = columns.map(|name| StructField::new(name, DataType::String, false));
    let rows = rows
        .into_iter()
        .map(|row| row.map(Value::from).into())
        .collect();
    session.answer(StructType::new(fields), rows)
}

/// Whether a name fits a pattern of SHOW: `*` for anything, `|` between alternatives, case ignored.
fn fits(name: &str, pattern: Option<&str>) -> bool {
    let Some(pattern) = pattern else { return true };
    pattern.split('|').any(|alternative| {
        let parts: Vec<String> = alternative.trim().split('*').map(regex::escape).collect();
        let pattern = format!("(?is)^{}$", parts.join(".*"));
        regex::Regex::new(&pattern).is_ok_and(|regex| regex.is_match(name))
    })
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn patterns_of_show() {
        assert!(fits("surveys", None));
        assert!(fits("Surveys", Some("surv*")));
        assert!(fits("b", Some("a|b")));
        assert!(!fits("surveys", Some("survey")));
        assert!(!fits("axb", Some("a.b")));
    }
}
