//! Functions that become expression nodes of their own: AND, CASE, coalesce, IN, struct and the like.

use super::call::spelled;
use super::expression::Resolver;
use super::typed::Typed;
use crate::error::{Error, Origin, Result, conditions, quote};
use crate::expr::{Call, CalledFunction, Expr};
use crate::functions::BindContext;
use crate::functions::scalar::{ScalarFunction, SpecialForm, make_struct};
use crate::functions::signature::{
    data_diff_types, not_orderable, operands_differ, operands_of_wrong_type, unexpected_null,
    unexpected_type,
};
use crate::types::coercion::common_type_of;
use crate::types::{DataType, StructField, StructType, Value, quote_if_needed};

/// A call of a special form, as errors want it.
struct SpecialCall<'c> {
    function: &'static ScalarFunction,
    name: &'c str,
    sql: &'c str,
    origin: &'c Option<Origin>,
}

impl Resolver<'_> {
    /// A call of a special form over resolved arguments.
    pub(super) fn special_form(
        &mut self,
        function: &'static ScalarFunction,
        form: SpecialForm,
        name: &str,
        arguments: Vec<Typed>,
        origin: &Option<Origin>,
    ) -> Result<Typed> {
        if form == SpecialForm::Decode && arguments.len() == 2 {
            return self.call_built_in("decode_charset", arguments, origin);
        }
        let sql = match form {
            SpecialForm::Struct => spelled_struct(name, &arguments),
            _ => spelled(function, name, &arguments),
        };
        let call = SpecialCall {
            function,
            name,
            sql: &sql,
            origin,
        };
        let expr = match form {
            SpecialForm::QueryConstant => return self.query_constant(function, name, origin),
            SpecialForm::TaskFact => return self.task_fact(function, origin),
            SpecialForm::TimeWindow | SpecialForm::SessionWindow | SpecialForm::WindowTime => {
                return self.time_window_call(form, name, arguments, origin);
            }
            SpecialForm::Grouping | SpecialForm::GroupingId => {
                return self.grouping_call(form, arguments, sql, origin);
            }
            SpecialForm::Between => return self.between(arguments, sql, origin),
            SpecialForm::And => Expr::all(self.booleans(&call, arguments)?),
            SpecialForm::Or => {
                let terms = self.booleans(&call, arguments)?.into_iter();
                let flat = terms.flat_map(|term| match term {
                    Expr::Or(inner) => inner,
                    other => vec![other],
                });
                Expr::Or(flat.collect())
            }
            SpecialForm::When => self.case(&call, arguments)?,
            SpecialForm::If => self.case(&call, arguments)?,
            SpecialForm::Coalesce | SpecialForm::Nvl => self.coalesce(&call, arguments)?,
            SpecialForm::Nvl2 => {
                let [test, then, otherwise] = exactly(arguments)?;
                let test = Typed {
                    expr: Expr::IsNull {
                        operand: Box::new(test.expr.clone()),
                        negated: true,
                    },
                    ..test
                };
                self.case(&call, vec![test, then, otherwise])?
            }
            SpecialForm::NullIf => {
                let [value, other] = exactly(arguments)?;
                self.null_where_equal(value, other, origin)?
            }
            SpecialForm::NullIfZero => {
                let [value] = exactly(arguments)?;
                let zero = Typed::new(Expr::literal(0, DataType::Integer), "0", None);
                self.null_where_equal(value, zero, origin)?
            }
            SpecialForm::NanVl => {
                let [value, otherwise] = exactly(arguments)?;
                let value = self.floating(value, origin)?;
                let otherwise = self.floating(otherwise, origin)?;
                let test = self.call_built_in("isnan", vec![value.clone()], origin)?;
                self.case(&call, vec![test, otherwise, value])?
            }
            SpecialForm::ZeroIfNull => {
                let zero = Typed::new(Expr::literal(0, DataType::Integer), "0", None);
                let arguments = arguments.into_iter().chain([zero]).collect();
                self.coalesce(&call, arguments)?
            }
            SpecialForm::In => self.in_list(&call, arguments)?,
            SpecialForm::IsNull | SpecialForm::IsNotNull => {
                let [operand] = exactly(arguments)?;
                Expr::IsNull {
                    operand: Box::new(operand.expr),
                    negated: form == SpecialForm::IsNotNull,
                }
            }
            SpecialForm::TypeOf => {
                let [operand] = exactly(arguments)?;
                Expr::literal(operand.data_type().simple_string(), DataType::String)
            }
            SpecialForm::Decode => self.decode(&call, arguments)?,
            SpecialForm::Struct => self.structure(&call, arguments)?,
            SpecialForm::NamedStruct => self.named_struct(&call, arguments)?,
        };
        Ok(Typed::new(expr, sql, origin.clone()))
    }

    fn with_context<T>(&self, call: &SpecialCall, f: impl FnOnce(&BindContext) -> T) -> T {
        let config = self.analyzer.config();
        f(&BindContext {
            config: &config,
            name: call.name,
            sql: call.sql,
        })
    }

    /// Operands of AND and OR: they meet at BOOLEAN.
    fn booleans(&self, call: &SpecialCall, arguments: Vec<Typed>) -> Result<Vec<Expr>> {
        let types: Vec<DataType> = arguments.iter().map(Typed::data_type).collect();
        let differ = || {
            let first = types.first().cloned().unwrap_or(DataType::Null);
            let second = types.get(1).cloned().unwrap_or(DataType::Null);
            self.with_context(call, |context| operands_differ(context, &first, &second))
        };
        match common_type_of(&types, self.analyzer.ansi()) {
            None => return Err(differ()),
            Some(DataType::Boolean | DataType::Null) => {}
            Some(other) => {
                let required = quote::sql_type(&DataType::Boolean);
                return Err(self.with_context(call, |context| {
                    operands_of_wrong_type(context, &required, &other)
                }));
            }
        }
        let operands = arguments.into_iter();
        Ok(operands
            .map(|operand| {
                let origin = operand.origin.clone().or(call.origin.clone());
                self.coerce(operand.expr, &DataType::Boolean, &origin)
            })
            .collect())
    }

    /// `a BETWEEN b AND c`: two comparisons.
    fn between(
        &mut self,
        arguments: Vec<Typed>,
        sql: String,
        origin: &Option<Origin>,
    ) -> Result<Typed> {
        let [value, low, high] = exactly(arguments)?;
        let above = self.call_built_in(">=", vec![value.clone(), low], origin)?;
        let below = self.call_built_in("<=", vec![value, high], origin)?;
        Ok(Typed::new(
            Expr::all([above.expr, below.expr]),
            sql,
            origin.clone(),
        ))
    }

    /// Condition, value, …, otherwise.
    fn case(&self, call: &SpecialCall, arguments: Vec<Typed>) -> Result<Expr> {
        let pairs = arguments.len() / 2;
        let is_value = |index: usize| index % 2 == 1 || index == 2 * pairs;
        let values = arguments
            .iter()
            .enumerate()
            .filter(|(index, _)| is_value(*index));
        let values: Vec<Typed> = values.map(|(_, value)| value.clone()).collect();
        let data_type = self.common_type(call, &values)?;
        for (index, argument) in arguments.iter().enumerate() {
            let condition = argument.data_type();
            // Of all places that want a condition only `if` takes a bare NULL.
            let is_if = call.function.form_is(SpecialForm::If);
            let boolean = condition == DataType::Boolean || (is_if && condition == DataType::Null);
            if !is_value(index) && !boolean {
                let bound = self.bound(&arguments);
                let required = quote::sql_type(&DataType::Boolean);
                return Err(self.with_context(call, |context| {
                    unexpected_type(context, &bound, index, &required)
                }));
            }
        }
        let mut branches = Vec::with_capacity(pairs);
        let mut otherwise = None;
        let mut arguments = arguments.into_iter();
        while let Some(first) = arguments.next() {
            match arguments.next() {
                Some(value) => {
                    let condition = self.coerce(first.expr, &DataType::Boolean, call.origin);
                    branches.push((
                        condition,
                        self.coerce(value.expr, &data_type, &value.origin),
                    ));
                }
                None => {
                    let value = self.coerce(first.expr, &data_type, &first.origin);
                    otherwise = Some(Box::new(value));
                }
            }
        }
        Ok(Expr::Case {
            branches,
            otherwise,
            data_type,
        })
    }

    fn coalesce(&self, call: &SpecialCall, arguments: Vec<Typed>) -> Result<Expr> {
        let data_type = self.common_type(call, &arguments)?;
        let operands = arguments.into_iter();
        Ok(Expr::Coalesce {
            operands: operands
                .map(|operand| self.coerce(operand.expr, &data_type, &operand.origin))
                .collect(),
            data_type,
        })
    }

    /// NULL where two values are equal, else the first.
    fn null_where_equal(
        &mut self,
        value: Typed,
        other: Typed,
        origin: &Option<Origin>,
    ) -> Result<Expr> {
        let data_type = value.data_type();
        let kept = value.expr.clone();
        let equal = self.call_built_in("=", vec![value, other], origin)?;
        Ok(Expr::Case {
            branches: vec![(equal.expr, Expr::null(data_type.clone()))],
            otherwise: Some(Box::new(kept)),
            data_type,
        })
    }

    fn in_list(&self, call: &SpecialCall, arguments: Vec<Typed>) -> Result<Expr> {
        let mut arguments = arguments;
        if let Some(DataType::Struct(fields)) = arguments.first().map(Typed::data_type) {
            // Rows compare by position, whatever their fields are called.
            for argument in &mut arguments[1..] {
                if let DataType::Struct(other) = argument.data_type()
                    && other.len() == fields.len()
                {
                    let renamed =
                        other
                            .iter()
                            .zip(fields.iter())
                            .map(|(field, first)| StructField {
                                name: first.name.clone(),
                                ..field.clone()
                            });
                    let renamed = DataType::structure(renamed);
                    let expr = std::mem::replace(&mut argument.expr, Expr::boolean(true));
                    argument.expr = self.coerce(expr, &renamed, &argument.origin);
                }
            }
        }
        let types: Vec<DataType> = arguments.iter().map(Typed::data_type).collect();
        let data_type = common_type_of(&types, self.analyzer.ansi()).ok_or_else(|| {
            let types: Vec<String> = types.iter().map(quote::sql_type).collect();
            Error::new(
                &conditions::DATATYPE_MISMATCH_DATA_DIFF_TYPES,
                [
                    ("functionName", quote::identifier("in")),
                    ("dataType", format!("[{}]", types.join(", "))),
                    ("sqlExpr", quote::sql_expression(call.sql)),
                ],
            )
        })?;
        if data_type.contains_map() {
            return Err(self.with_context(call, |context| not_orderable(context, &data_type)));
        }
        let mut operands = arguments.into_iter();
        let operands = operands
            .by_ref()
            .map(|operand| self.coerce(operand.expr, &data_type, &operand.origin));
        let mut operands: Vec<Expr> = operands.collect();
        let operand = Box::new(operands.remove(0));
        Ok(Expr::In {
            operand,
            list: operands,
        })
    }

    /// A FLOAT or DOUBLE as it is, anything else as a DOUBLE.
    fn floating(&mut self, value: Typed, origin: &Option<Origin>) -> Result<Typed> {
        match value.data_type() {
            DataType::Float | DataType::Double => Ok(value),
            _ => self.call_built_in("double", vec![value], origin),
        }
    }

    /// `decode(e, s1, r1, s2, r2, …, default)`: NULL finds NULL.
    fn decode(&mut self, call: &SpecialCall, arguments: Vec<Typed>) -> Result<Expr> {
        // With two arguments it reads bytes in a character set.
        if arguments.len() == 2 {
            let decoded = self.call_built_in("decode_charset", arguments, call.origin)?;
            return Ok(decoded.expr);
        }
        let mut rest = arguments.into_iter();
        let Some(value) = rest.next() else {
            return Err(Error::internal("decode without arguments"));
        };
        let mut case = Vec::new();
        while let Some(first) = rest.next() {
            match rest.next() {
                Some(result) => {
                    case.push(self.call_built_in(
                        "<=>",
                        vec![value.clone(), first],
                        call.origin,
                    )?);
                    case.push(result);
                }
                None => case.push(first),
            }
        }
        self.case(call, case)
    }

    /// `struct(a, b + 1)`: fields are called after their columns, else `col1`, `col2`, ….
    fn structure(&self, call: &SpecialCall, arguments: Vec<Typed>) -> Result<Expr> {
        let fields = arguments.into_iter().enumerate().map(|(index, argument)| {
            let name = argument.name.clone().or_else(|| argument.field.clone());
            (
                name.unwrap_or_else(|| format!("col{}", index + 1)),
                argument.expr,
            )
        });
        Ok(struct_of(call, fields.collect()))
    }

    /// `named_struct('a', 1, 'b', 2)`
    fn named_struct(&self, call: &SpecialCall, arguments: Vec<Typed>) -> Result<Expr> {
        if arguments.len() % 2 != 0 {
            return Err(Error::new(
                &conditions::WRONG_NUM_ARGS_WITHOUT_SUGGESTION,
                [
                    ("functionName", quote::identifier(call.name)),
                    ("expectedNum", "2n (n > 0)".to_string()),
                    ("actualNum", arguments.len().to_string()),
                ],
            ));
        }
        let names: Vec<&Typed> = arguments.iter().step_by(2).collect();
        let constant = |typed: &Typed| match self.analyzer.fold(&typed.expr) {
            Ok(Some(Value::String(name))) => Some(name.to_string()),
            _ => None,
        };
        if names.iter().any(|name| constant(name).is_none()) {
            let null = |typed: &&Typed| matches!(typed.expr.as_literal(), Some(Value::Null));
            if names.iter().any(null) {
                return Err(self.with_context(call, |context| unexpected_null(context, "")));
            }
            let texts: Vec<String> = names
                .iter()
                .map(|name| quote::sql_expression(&name.sql))
                .collect();
            return Err(Error::new(
                &conditions::CREATE_NAMED_STRUCT_WITHOUT_FOLDABLE_STRING,
                [
                    ("sqlExpr", quote::sql_expression(call.sql)),
                    ("inputExprs", format!("[{}]", texts.join(", "))),
                ],
            ));
        }
        let mut fields = Vec::with_capacity(arguments.len() / 2);
        let mut rest = arguments.into_iter();
        while let (Some(name), Some(value)) = (rest.next(), rest.next()) {
            fields.push((constant(&name).unwrap_or_default(), value.expr));
        }
        Ok(struct_of(call, fields))
    }

    /// The type that values meet at; `DATATYPE_MISMATCH.DATA_DIFF_TYPES` where there is none.
    fn common_type(&self, call: &SpecialCall, values: &[Typed]) -> Result<DataType> {
        let types: Vec<DataType> = values.iter().map(Typed::data_type).collect();
        common_type_of(&types, self.analyzer.ansi()).ok_or_else(|| {
            let config = self.analyzer.config();
            let name = match call.function.form {
                crate::functions::scalar::Form::Special(
                    SpecialForm::When | SpecialForm::Decode,
                ) => "casewhen",
                crate::functions::scalar::Form::Special(SpecialForm::Nvl2) => "if",
                crate::functions::scalar::Form::Special(
                    SpecialForm::Nvl | SpecialForm::ZeroIfNull,
                ) => "coalesce",
                _ => call.function.name,
            };
            let context = BindContext {
                config: &config,
                name,
                sql: call.sql,
            };
            data_diff_types(&context, &self.bound(values))
        })
    }
}

/// `struct(a AS x, b)`: of all calls this one shows the aliases of its arguments.
fn spelled_struct(name: &str, arguments: &[Typed]) -> String {
    let texts: Vec<String> = (arguments.iter())
        .map(|argument| match &argument.name {
            Some(alias) if argument.aliased => {
                format!("{} AS {}", argument.sql, quote_if_needed(alias))
            }
            _ => argument.sql.clone(),
        })
        .collect();
    format!("{name}({})", texts.join(", "))
}

/// A struct of named values.
fn struct_of(call: &SpecialCall, fields: Vec<(String, Expr)>) -> Expr {
    let schema = (fields.iter())
        .map(|(name, expr)| StructField::new(name.clone(), expr.data_type(), expr.nullable()));
    let schema = StructType::new(schema);
    Expr::Call(Call {
        function: CalledFunction::BuiltIn(call.function),
        kernel: make_struct(&schema),
        arguments: fields.into_iter().map(|(_, expr)| expr).collect(),
        data_type: DataType::Struct(schema),
        nullable: false,
        origin: call.origin.clone(),
    })
}

/// Arguments whose number the arity check has settled.
fn exactly<const N: usize>(arguments: Vec<Typed>) -> Result<[Typed; N]> {
    arguments
        .try_into()
        .map_err(|given: Vec<Typed>| Error::internal(format!("{} arguments for {N}", given.len())))
}
