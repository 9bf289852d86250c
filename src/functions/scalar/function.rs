//! What a scalar function is.

use crate::error::{Error, Result};
use crate::functions::{BindContext, Binding, BoundArgument, Doc};
use crate::kernel::Column;
use crate::types::DataType;
use arrow::array::{ArrayRef, UInt32Array};
use std::fmt;
use std::sync::Arc;

/// An entry of the registry.
#[derive(Debug)]
pub struct ScalarFunction {
    /// Spark's name, lower case; operators go by their symbol.
    pub name: &'static str,
    /// Other names.
    pub aliases: &'static [&'static str],
    /// Documentation.
    pub doc: Doc,
    /// How many arguments; checked before `bind`.
    pub arity: Arity,
    /// Whether equal arguments give equal results.
    pub volatility: Volatility,
    /// What NULL arguments do.
    pub nulls: NullRule,
    /// How a call is printed in column names.
    pub display: Display,
    /// Parameter names, for calls with named arguments; empty where Spark has none.
    pub parameters: &'static [&'static str],
    /// Of a higher-order function: where its lambdas begin.
    pub first_lambda: usize,
    /// Parameters that a call with named arguments may leave out, and the text (None: NULL) they have then.
    pub defaults: &'static [(&'static str, Option<&'static str>)],
    /// What a call means.
    pub form: Form,
}

impl ScalarFunction {
    /// What most functions have in common; entries override the rest with `..ScalarFunction::BASE`.
    pub(super) const BASE: ScalarFunction = ScalarFunction {
        name: "",
        aliases: &[],
        doc: Doc {
            usage: "",
            examples: &[],
            group: "",
            since: "",
        },
        arity: Arity::AtLeast(0),
        volatility: Volatility::Immutable,
        nulls: NullRule::Propagate,
        display: Display::Call,
        parameters: &[],
        first_lambda: 1,
        defaults: &[],
        form: Form::Special(SpecialForm::Coalesce),
    };
}

/// What a call means.
#[derive(Clone, Copy)]
pub enum Form {
    /// Arguments are evaluated, then the kernel.
    Kernel(Bind),
    /// A higher-order function: `lambda` gives the types of the lambda's parameters before its body is
    /// resolved, then `bind` sees the body's type.
    HigherOrder(LambdaTypes, Bind),
    /// Rewritten by the analyzer into an expression with its own rules of evaluation.
    Special(SpecialForm),
}

/// Settles the types of a call. Called by the analyzer, once a call, from the thread that plans.
pub type Bind = fn(&BindContext, &[BoundArgument]) -> Result<Binding<Arc<dyn Kernel>>>;

/// The types and nullability of the parameters of the lambda at argument `index`, given the other
/// arguments (lambdas have `is_lambda` set and type VOID) and the number of parameters it declares.
pub type LambdaTypes = fn(
    &BindContext,
    arguments: &[BoundArgument],
    index: usize,
    parameters: usize,
) -> Result<Vec<(DataType, bool)>>;

impl ScalarFunction {
    /// Whether it is this special form.
    pub fn form_is(&self, form: SpecialForm) -> bool {
        matches!(self.form, Form::Special(own) if own == form)
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Form::Kernel(_) => "Kernel",
            Form::HigherOrder(_, _) => "HigherOrder",
            Form::Special(_) => "Special",
        })
    }
}

/// Functions whose arguments are not simply evaluated: they become expression nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpecialForm {
    /// `a AND b`: the right side is not evaluated where the left is false.
    And,
    /// `a OR b`
    Or,
    /// `CASE WHEN`: condition, value, …, otherwise.
    When,
    /// `if(c, a, b)`
    If,
    /// `coalesce(..)`
    Coalesce,
    /// `nvl(a, b)`, `ifnull`
    Nvl,
    /// `nvl2(a, b, c)`
    Nvl2,
    /// `nullif(a, b)`
    NullIf,
    /// `nullifzero(a)`
    NullIfZero,
    /// `zeroifnull(a)`
    ZeroIfNull,
    /// `nanvl(a, b)`
    NanVl,
    /// `a BETWEEN b AND c`
    Between,
    /// `a IN (b, c, …)`
    In,
    /// `isnull(a)`, `a IS NULL`
    IsNull,
    /// `isnotnull(a)`
    IsNotNull,
    /// `typeof(a)`: known without evaluating a
    TypeOf,
    /// `decode(a, s1, r1, …, default)` with more than two arguments
    Decode,
    /// `grouping(a)`
    Grouping,
    /// `grouping_id(..)`
    GroupingId,
    /// `struct(..)`: field names come from the arguments
    Struct,
    /// `named_struct(..)`
    NamedStruct,
    /// `current_date()` and its kin: one value for the whole query
    QueryConstant,
    /// `input_file_name()`, `spark_partition_id()`, `monotonically_increasing_id()` and the like
    TaskFact,
    /// `window(time, duration, …)`
    TimeWindow,
    /// `session_window(time, gap)`
    SessionWindow,
    /// `window_time(window)`
    WindowTime,
}

/// How many arguments a function takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arity {
    /// Exactly so many.
    Exact(usize),
    /// One of these numbers.
    OneOf(&'static [usize]),
    /// At least so many.
    AtLeast(usize),
}

impl Arity {
    /// Whether a call with `count` arguments is right.
    pub fn accepts(self, count: usize) -> bool {
        match self {
            Arity::Exact(n) => count == n,
            Arity::OneOf(counts) => counts.contains(&count),
            Arity::AtLeast(n) => count >= n,
        }
    }
}

/// When a function's result may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Volatility {
    /// Equal arguments give equal results: may be folded, moved and shared.
    Immutable,
    /// Different at every call: never folded, moved, shared or repeated.
    Volatile,
}

/// What NULL arguments do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NullRule {
    /// NULL if any argument is. The evaluator short-cuts constant NULLs; the kernel still honours null
    /// bits of arrays.
    Propagate,
    /// The function decides.
    Custom,
}

/// How a call is printed in column names and errors.
#[derive(Debug, Clone, Copy)]
pub enum Display {
    /// `name(a, b)`, by the main name.
    Call,
    /// `name(a, b)`, by the name it was called by.
    CallAsWritten,
    /// `(a + b)`
    Infix(&'static str),
    /// `(- a)`
    Prefix(&'static str),
    /// Anything else: given the name it was called by and the printed arguments.
    Custom(fn(&str, &[&str]) -> String),
    /// The same where it depends on the arguments' types before any cast (`d + INTERVAL '1' MONTH` has no
    /// parentheses).
    Typed(fn(&str, &[&str], &[&DataType]) -> String),
}

/// What a running query offers to kernels beside their arguments.
#[derive(Debug, Clone, Default)]
pub struct EvalContext {
    /// Number of the partition that is being worked on.
    pub partition: usize,
    /// Rows of this partition that came before this batch.
    pub rows_before: u64,
    /// File that the batch was read from, if any.
    pub input_file: Option<Arc<str>>,
}

/// The code of a bound function. Shared by all workers; state per partition comes from
/// [`Kernel::for_partition`].
pub trait Kernel: Send + Sync {
    /// The values for `rows` rows. Arguments have the types that `bind` asked for. Called by any worker
    /// thread, many at once.
    fn eval(&self, arguments: &[Column], rows: usize, context: &EvalContext) -> Result<Column>;

    /// The same for a higher-order function: `lambdas` stand at the places where `arguments` has the
    /// placeholder of a lambda.
    fn eval_higher_order(
        &self,
        arguments: &[Column],
        lambdas: &[&dyn Lambda],
        rows: usize,
        context: &EvalContext,
    ) -> Result<Column> {
        let _ = (lambdas, rows, context);
        Err(Error::internal(format!(
            "{} arguments given to a kernel without lambdas",
            arguments.len()
        )))
    }

    /// A kernel of its own for one partition, if it keeps state (`rand`). Called once per partition and
    /// worker before its first batch.
    fn for_partition(&self, partition: usize) -> Option<Arc<dyn Kernel>> {
        let _ = partition;
        None
    }
}

impl fmt::Debug for dyn Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Kernel")
    }
}

/// A plain closure is a kernel.
impl<F> Kernel for F
where
    F: Fn(&[Column], usize) -> Result<Column> + Send + Sync,
{
    fn eval(&self, arguments: &[Column], rows: usize, _: &EvalContext) -> Result<Column> {
        self(arguments, rows)
    }
}

/// A lambda inside a running higher-order function.
pub trait Lambda {
    /// The body's values for flattened elements: `parameters[i]` holds the i-th parameter for every
    /// element, `row_of_element` the outer row that each element belongs to (for captured columns).
    fn call(&self, parameters: &[ArrayRef], row_of_element: &UInt32Array) -> Result<ArrayRef>;
}
