//! Functions written in SQL: their definition is checked once, their calls become their bodies.
//!
//! ```text
//!   f(a + 1)      f(x INT) RETURN x * (SELECT max(y) FROM t WHERE t.z = x)
//!     body over the parameters:    x * scalar-subquery(… outer(x) …)
//!     arguments put in their place: CAST(a + 1 AS INT) * scalar-subquery(… outer(a) + 1 …)
//! ```
//!
//! Arguments that may differ from evaluation to evaluation, or contain subqueries, are computed once, in a
//! Project below the body; the call is then a subquery of its own.

use super::Analyzer;
use super::call::{check_arity, in_order};
use super::environment::{Environment, Outer};
use super::expression::{Clause, Resolver, coerce};
use super::lateral_alias::take_subqueries;
use super::resolved::{Resolved, project};
use super::scope::Scope;
use super::typed::Typed;
use crate::catalog::SqlFunction;
use crate::error::{Error, Origin, Result, conditions, quote};
use crate::expr::{Attribute, ColumnId, Expr, NamedExpr};
use crate::functions::scalar::Arity;
use crate::plan::LogicalPlan;
use crate::plan::logical::{Join, JoinHint, LogicalJoinKind, Subquery};
use crate::plan::unresolved::{
    Argument, CreateFunction, FunctionBody, FunctionParameter, FunctionReturn, JoinKind,
};
use crate::types::coercion::can_cast;
use crate::types::{DataType, StructField, StructType};
use hashbrown::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// A body over its parameters.
struct Body {
    parameters: Vec<Attribute>,
    expr: Expr,
    subqueries: Vec<Subquery>,
}

impl Body {
    /// A body that is a query of one expression without FROM is that expression.
    fn unwrapped(self) -> Body {
        let (Expr::ScalarSubquery { id, .. }, [only]) = (&self.expr, self.subqueries.as_slice())
        else {
            return self;
        };
        let LogicalPlan::Project(project) = &only.plan else {
            return self;
        };
        let [column] = project.expressions.as_slice() else {
            return self;
        };
        let is_constant_row = matches!(
            project.input.as_ref(),
            LogicalPlan::Values(values) if values.output.is_empty() && values.rows.len() == 1
        );
        if only.id != *id || !is_constant_row || !project.subqueries.is_empty() {
            return self;
        }
        let expr = column.expr.clone().transform(&mut |node| match node {
            Expr::Outer(parameter) => Expr::Column(parameter),
            other => other,
        });
        Body {
            parameters: self.parameters,
            expr,
            subqueries: Vec::new(),
        }
    }

    /// Whether a subquery of the body uses the parameter.
    fn uses_in_subquery(&self, parameter: ColumnId) -> bool {
        let mut found = false;
        for subquery in &self.subqueries {
            subquery.plan.visit(&mut |node| {
                for expr in node.expressions() {
                    let outer = expr.outer_references();
                    found |= outer.iter().any(|column| column.id == parameter);
                }
            });
        }
        found
    }
}

impl Resolver<'_> {
    /// A call of a scalar function.
    pub(super) fn call_sql(
        &mut self,
        function: &SqlFunction,
        arguments: &[Argument],
        origin: &Option<Origin>,
    ) -> Result<Typed> {
        let name = quote::name(&function.name);
        if function.is_table() {
            let name = ("functionName", name);
            return Err(Error::new(&conditions::NOT_A_SCALAR_FUNCTION, [name]));
        }
        let node = match self.clause {
            Clause::OrderBy | Clause::Generate | Clause::Other("GlobalLimit") => {
                Some(self.clause.operator().to_string())
            }
            _ => None,
        };
        if let Some(node) = node {
            return Err(Error::new(
                &conditions::UNSUPPORTED_SQL_UDF_USAGE,
                [("functionName", name), ("nodeName", node)],
            ));
        }
        let (values, sql) = self.sql_arguments(function, arguments)?;
        let body = self.analyzer.scalar_body(function)?;
        // A subquery cannot move into one of the body's own, which see the caller's columns only.
        let simple = (body.parameters.iter().zip(&values)).all(|(parameter, value)| {
            value.is_deterministic()
                && (!value.has_subquery() || !body.uses_in_subquery(parameter.id))
        });
        let expr = if simple {
            let (expr, subqueries) = self.analyzer.inlined(body, &values);
            self.subqueries.extend(subqueries);
            expr
        } else {
            self.computed_once(body, values)
        };
        Ok(Typed::new(expr, sql, origin.clone()))
    }

    /// The call as a subquery: the body over one row of arguments.
    fn computed_once(&mut self, body: Body, values: Vec<Expr>) -> Expr {
        let own = take_subqueries(&mut self.subqueries, values.iter());
        let inner = arguments_of(&body.parameters, values, own);
        let data_type = body.expr.data_type();
        let result = NamedExpr {
            id: self.analyzer.next_id(),
            name: "result".into(),
            expr: body.expr,
        };
        let plan = project(inner, vec![result], body.subqueries);
        let id = self.analyzer.next_subquery(&plan);
        self.subqueries.push(Subquery { id, plan });
        Expr::ScalarSubquery { id, data_type }
    }

    /// The values of the parameters, cast to their types, and the call's spelling.
    fn sql_arguments(
        &mut self,
        function: &SqlFunction,
        arguments: &[Argument],
    ) -> Result<(Vec<Expr>, String)> {
        let parameters = &function.definition.parameters;
        let names: Vec<&str> = parameters.iter().map(|p| p.field.name.as_str()).collect();
        let name = function.display_name();
        let ordered = match arguments.iter().any(|argument| argument.name.is_some()) {
            true => in_order(&name, &names, arguments)?,
            false => arguments.to_vec(),
        };
        let missing = parameters
            .iter()
            .skip(ordered.len())
            .any(|p| p.default.is_none());
        if missing || ordered.len() > parameters.len() {
            let arity = Arity::Exact(parameters.len());
            let wrong = check_arity(&name, arity, ordered.len());
            let quoted = quote::name(&function.name);
            return Err(match wrong {
                Err(error) => renamed(error, quoted),
                Ok(()) => Error::internal("the arguments fit"),
            });
        }
        let given = self.arguments(&ordered)?;
        let texts: Vec<&str> = given.iter().map(|typed| typed.sql.as_str()).collect();
        let sql = format!("{name}({})", texts.join(", "));
        let mut values = Vec::with_capacity(parameters.len());
        for (index, parameter) in parameters.iter().enumerate() {
            let typed = match given.get(index) {
                Some(typed) => typed.clone(),
                None => self.analyzer.default_of(parameter)?,
            };
            values.push(
                self.analyzer
                    .parameter_value(typed, &parameter.field.data_type)?,
            );
        }
        Ok((values, sql))
    }
}

/// `WRONG_NUM_ARGS` under the function's full name.
fn renamed(error: Error, name: String) -> Error {
    let value = |key: &str| error.parameter(key).unwrap_or_default().to_string();
    Error::new(
        &conditions::WRONG_NUM_ARGS_WITHOUT_SUGGESTION,
        [
            ("functionName", name),
            ("expectedNum", value("expectedNum")),
            ("actualNum", value("actualNum")),
            ("docroot", value("docroot")),
        ],
    )
}

/// One row of arguments under the parameters' ids. Columns of the caller become columns of an enclosing query.
fn arguments_of(
    parameters: &[Attribute],
    values: Vec<Expr>,
    subqueries: Vec<Subquery>,
) -> LogicalPlan {
    let named = parameters
        .iter()
        .zip(values)
        .map(|(parameter, expr)| NamedExpr {
            id: parameter.id,
            name: parameter.name.clone(),
            expr: outward(expr),
        });
    project(LogicalPlan::one_row(), named.collect(), subqueries)
}

/// An expression as a subquery sees it: its columns belong to the enclosing query.
fn outward(expr: Expr) -> Expr {
    expr.transform(&mut |node| match node {
        Expr::Column(column) => Expr::Outer(column),
        other => other,
    })
}

impl Analyzer<'_> {
    /// A body with arguments in place of parameters, in its subqueries too.
    fn inlined(&self, body: Body, values: &[Expr]) -> (Expr, Vec<Subquery>) {
        let pairs = body.parameters.iter().zip(values);
        let by_id: HashMap<ColumnId, Expr> = pairs
            .map(|(parameter, value)| (parameter.id, value.clone()))
            .collect();
        let mut subqueries = body.subqueries;
        for subquery in &mut subqueries {
            let plan = std::mem::replace(&mut subquery.plan, LogicalPlan::one_row());
            subquery.plan = put_arguments(plan, &by_id);
            self.changed_subquery(subquery);
        }
        (body.expr.substitute(&by_id), subqueries)
    }

    /// The default of a parameter.
    fn default_of(&self, parameter: &FunctionParameter) -> Result<Typed> {
        let Some(default) = &parameter.default else {
            return Err(Error::internal(format!(
                "{} has no default",
                parameter.field.name
            )));
        };
        let environment = Environment::default();
        let scope = Scope::default();
        let scopes = [&scope];
        let mut resolver = Resolver::new(self, &environment, &scopes, Clause::Other("Project"));
        resolver.expression(default)
    }

    /// An argument cast to the type of its parameter.
    fn parameter_value(&self, typed: Typed, to: &DataType) -> Result<Expr> {
        let from = typed.data_type();
        if !can_cast(&from, to, self.ansi()) {
            return Err(Error::new(
                &conditions::DATATYPE_MISMATCH_CAST_WITHOUT_SUGGESTION,
                [
                    ("sqlExpr", quote::sql_expression(&typed.sql)),
                    ("srcType", quote::sql_type(&from)),
                    ("targetType", quote::sql_type(to)),
                ],
            ));
        }
        Ok(coerce(typed.expr, to, self.ansi(), &typed.origin))
    }

    /// The parameters of a function as columns, and the scope that names them.
    fn parameters(&self, function: &SqlFunction) -> (Vec<Attribute>, Scope) {
        let parameters: Vec<Attribute> = (function.definition.parameters.iter())
            .map(|p| self.column(&p.field.name, p.field.data_type.clone(), true))
            .collect();
        let qualifier: Rc<[String]> = function.name.last().cloned().into_iter().collect();
        let scope = Scope::qualified(parameters.iter().cloned(), qualifier);
        (parameters, scope)
    }

    /// Resolves a body under the settings and in the database of the function's creation.
    fn inside_function<T>(
        &self,
        function: &SqlFunction,
        f: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let name = function.display_name();
        if self.functions.borrow().contains(&name) {
            let mut path = self.functions.borrow().clone();
            path.push(name);
            let path = path.join(" -> ");
            return Err(Error::new(
                &conditions::CYCLIC_FUNCTION_REFERENCE,
                [("path", path)],
            ));
        }
        if function.definition.temporary {
            self.temporary
                .borrow_mut()
                .push(("FUNCTION", function.name.clone()));
        }
        let mut config = (*self.config()).clone();
        for (key, value) in &function.settings {
            config.set(key, value);
        }
        let settings = self.config.replace(Arc::new(config));
        let database = self.database.replace(Some(function.database.clone()));
        self.functions.borrow_mut().push(name);
        let result = f();
        self.functions.borrow_mut().pop();
        self.config.replace(settings);
        self.database.replace(database);
        result
    }

    /// The body of a scalar function over its parameters.
    fn scalar_body(&self, function: &SqlFunction) -> Result<Body> {
        let (parameters, scope) = self.parameters(function);
        self.inside_function(function, || {
            let environment = Environment::default();
            let scopes = [&scope];
            let mut resolver = Resolver::new(self, &environment, &scopes, Clause::Select);
            let typed = match &function.definition.body {
                FunctionBody::Expression(body) => resolver.expression(body)?,
                FunctionBody::Query(query) => resolver.scalar_subquery(query, &query.origin)?,
                FunctionBody::Class(_) => return Err(Error::unsupported("functions of the JVM")),
            };
            let mut body = Body {
                parameters,
                expr: typed.expr.clone(),
                subqueries: std::mem::take(&mut resolver.subqueries),
            }
            .unwrapped();
            if let FunctionReturn::Scalar(to) = &function.returns {
                let expr = body.expr;
                body.expr = self.parameter_value(Typed { expr, ..typed }, to)?;
            }
            Ok(body)
        })
    }

    /// The query of a table function over its parameters, its columns named and typed as declared.
    fn table_body(&self, function: &SqlFunction) -> Result<(Vec<Attribute>, Resolved)> {
        let (parameters, scope) = self.parameters(function);
        let resolved = self.inside_function(function, || {
            let scopes = [&scope];
            let outer = Outer {
                scopes: &scopes,
                aggregates: None,
                parent: None,
                depth: 1,
            };
            let environment = Environment {
                outer: Some(&outer),
                ..Environment::default()
            };
            let FunctionBody::Query(query) = &function.definition.body else {
                return Err(Error::new(
                    &conditions::UDF_SQL_TABLE_UDF_BODY_MUST_BE_A_QUERY,
                    [("name", function.name.last().cloned().unwrap_or_default())],
                ));
            };
            let resolved = self.relation(query, &environment)?.into_visible(&self.ids);
            let FunctionReturn::Table(Some(columns)) = &function.returns else {
                return Ok(resolved);
            };
            let output = resolved.visible();
            if output.len() != columns.len() {
                return Err(Error::new(
                    &conditions::UDF_RETURN_COLUMN_COUNT_MISMATCH,
                    [
                        ("outputSize", output.len().to_string()),
                        ("returnParamSize", columns.len().to_string()),
                        ("name", function.display_name()),
                    ],
                ));
            }
            let mut named = Vec::with_capacity(output.len());
            for (column, field) in output.iter().zip(columns.iter()) {
                let typed = Typed::new(Expr::Column(column.clone()), &*column.name, None);
                named.push(NamedExpr {
                    id: self.next_id(),
                    name: field.name.as_str().into(),
                    expr: self.parameter_value(typed, &field.data_type)?,
                });
            }
            Ok(Resolved::plain(project(resolved.plan, named, Vec::new())))
        })?;
        Ok((parameters, resolved))
    }

    /// A call of a table function; `resolver` is for its arguments.
    pub(super) fn sql_table_function(
        &self,
        function: &SqlFunction,
        arguments: &[Argument],
        mut resolver: Resolver,
    ) -> Result<Resolved> {
        if !function.is_table() {
            let name = ("functionName", quote::name(&function.name));
            return Err(Error::new(&conditions::NOT_A_TABLE_FUNCTION, [name]));
        }
        let (values, _) = resolver.sql_arguments(function, arguments)?;
        let subqueries = std::mem::take(&mut resolver.subqueries);
        let (parameters, body) = self.table_body(function)?;
        let output = body.visible();
        let simple = values
            .iter()
            .all(|expr| expr.is_deterministic() && !expr.has_subquery());
        let plan = if simple {
            let pairs = parameters.iter().zip(values);
            let by_id = pairs
                .map(|(parameter, value)| (parameter.id, value))
                .collect();
            put_arguments(body.plan, &by_id)
        } else {
            // The arguments were resolved without input: their columns are outer ones already.
            let inner = arguments_of(&parameters, values, subqueries);
            let joined = LogicalPlan::Join(Join {
                left: Box::new(inner),
                right: Box::new(body.plan),
                kind: LogicalJoinKind::Plain(JoinKind::Inner),
                condition: None,
                subqueries: Vec::new(),
                hint: JoinHint::default(),
                lateral: true,
            });
            project(
                joined,
                output.iter().map(NamedExpr::pass).collect(),
                Vec::new(),
            )
        };
        let scope = Scope::unqualified(output);
        let name: Vec<String> = function.name.last().cloned().into_iter().collect();
        self.aliased(Resolved::new(plan, scope), &name, &[])
    }

    /// Checks the definition of a function and settles what it returns.
    pub fn define_function(&self, definition: &CreateFunction) -> Result<SqlFunction> {
        let name = self
            .catalog
            .function_name(&definition.name, definition.temporary);
        let simple = definition.name.last().cloned().unwrap_or_default();
        self.check_parameters(definition, &simple)?;
        let config = self.config();
        let settings = config
            .explicit()
            .map(|(key, value)| (key.to_string(), value.to_string()));
        let mut function = SqlFunction {
            name,
            definition: definition.clone(),
            returns: definition.returns.clone(),
            settings: settings.collect(),
            database: self.catalog.current_database(),
        };
        self.temporary.borrow_mut().clear();
        let (reads, objects) = if function.is_table() {
            let (_, body) = self.table_body(&function)?;
            if matches!(function.returns, FunctionReturn::Table(None)) {
                function.returns = FunctionReturn::Table(Some(super::schema_of(&body.plan)));
            }
            (reads_tables(&body.plan), self.temporary_objects())
        } else {
            let body = self
                .scalar_body(&function)
                .map_err(|error| match body_text(&error) {
                    true => Error::new(
                        &conditions::UDF_CANNOT_CONTAIN_COMPLEX_FUNCTIONS,
                        [("queryText", definition.text.clone())],
                    ),
                    false => error,
                })?;
            if matches!(function.returns, FunctionReturn::FromBody) {
                function.returns = FunctionReturn::Scalar(body.expr.data_type());
            }
            let reads = body
                .subqueries
                .iter()
                .any(|subquery| reads_tables(&subquery.plan));
            (reads, self.temporary_objects())
        };
        if reads && definition.reads_sql_data == Some(false) {
            return Err(Error::of(&conditions::INVALID_SQL_FUNCTION_DATA_ACCESS));
        }
        let own = |name: &Vec<String>| *name == function.name;
        if let Some((kind, used)) = objects.iter().find(|(_, name)| !own(name))
            && !definition.temporary
        {
            return Err(Error::new(
                &conditions::INVALID_TEMP_OBJ_REFERENCE,
                [
                    ("obj", "FUNCTION".to_string()),
                    ("objName", quote::name(&function.name[1..])),
                    ("tempObj", kind.to_string()),
                    ("tempObjName", quote::name(used)),
                ],
            ));
        }
        Ok(function)
    }

    fn check_parameters(&self, definition: &CreateFunction, name: &str) -> Result<()> {
        let parameters = &definition.parameters;
        let fields: Vec<&StructField> = parameters.iter().map(|p| &p.field).collect();
        if let Some(twice) = self.repeated(&fields) {
            return Err(Error::new(
                &conditions::DUPLICATE_ROUTINE_PARAMETER_NAMES,
                [("routineName", name.to_string()), ("names", twice)],
            ));
        }
        let columns = match &definition.returns {
            FunctionReturn::Table(Some(columns)) => columns.clone(),
            _ => StructType::default(),
        };
        let columns: Vec<&StructField> = columns.fields().iter().collect();
        if let Some(twice) = self.repeated(&columns) {
            return Err(Error::new(
                &conditions::DUPLICATE_ROUTINE_RETURNS_COLUMNS,
                [("routineName", name.to_string()), ("columns", twice)],
            ));
        }
        for list in [&fields, &columns] {
            if list.iter().any(|field| !field.nullable) {
                let texts: Vec<String> = list.iter().map(|field| declared(field)).collect();
                return Err(Error::new(
                    &conditions::UDF_NOT_NULL_ON_FUNCTION_PARAMETERS,
                    [("input", texts.join(", "))],
                ));
            }
        }
        let returns = match &definition.returns {
            FunctionReturn::Scalar(data_type) => Some(data_type),
            _ => None,
        };
        let types = fields.iter().map(|field| &field.data_type).chain(returns);
        if types
            .into_iter()
            .any(|t| matches!(t, DataType::Char(_) | DataType::Varchar(_)))
        {
            return Err(Error::of(
                &conditions::UNSUPPORTED_CHAR_OR_VARCHAR_AS_STRING,
            ));
        }
        for pair in parameters.windows(2) {
            if pair[0].default.is_some() && pair[1].default.is_none() {
                return Err(Error::new(
                    &conditions::UDF_NOT_A_VALID_DEFAULT_PARAMETER_POSITION,
                    [
                        ("functionName", name.to_string()),
                        ("parameterName", pair[0].field.name.clone()),
                        ("nextParameterName", pair[1].field.name.clone()),
                    ],
                ));
            }
        }
        for parameter in parameters.iter().filter(|p| p.default.is_some()) {
            let default = self.default_of(parameter)?;
            if default.expr.has_subquery() {
                return Err(Error::new(
                    &conditions::UDF_NOT_A_VALID_DEFAULT_EXPRESSION,
                    [
                        ("functionName", name.to_string()),
                        ("parameterName", parameter.field.name.clone()),
                    ],
                ));
            }
            self.parameter_value(default, &parameter.field.data_type)?;
        }
        Ok(())
    }

    /// The first name that several fields have, quoted.
    fn repeated(&self, fields: &[&StructField]) -> Option<String> {
        let twice = fields.iter().enumerate().find(|(index, field)| {
            fields[..*index]
                .iter()
                .any(|known| self.same_name(&known.name, &field.name))
        });
        twice.map(|(_, field)| quote::identifier(&field.name.to_lowercase()))
    }
}

/// Whether an error says that a body holds what only queries can.
fn body_text(error: &Error) -> bool {
    matches!(
        error.condition().main_name(),
        "UNSUPPORTED_EXPR_FOR_OPERATOR" | "UNSUPPORTED_GENERATOR"
    )
}

/// A plan with arguments in place of the parameters it uses as columns of an enclosing query.
fn put_arguments(plan: LogicalPlan, by_id: &HashMap<ColumnId, Expr>) -> LogicalPlan {
    plan.transform(&mut |node| {
        node.map_expressions(&mut |expr| {
            expr.transform(&mut |part| match part {
                Expr::Outer(column) => match by_id.get(&column.id) {
                    Some(value) => outward(value.clone()),
                    None => Expr::Outer(column),
                },
                other => other,
            })
        })
    })
}

/// Whether a plan reads a table.
fn reads_tables(plan: &LogicalPlan) -> bool {
    let mut found = false;
    plan.visit(&mut |node| found |= matches!(node, LogicalPlan::Scan(_)));
    found
}

/// A parameter as it was declared.
fn declared(field: &StructField) -> String {
    let not_null = if field.nullable { "" } else { " NOT NULL" };
    format!("{} {}{not_null}", field.name, field.data_type.sql())
}
