//! Functions of the user's own.

use super::Session;
use crate::error::{Error, Result};
use crate::expr::UserFunction;
use crate::functions::scalar::{EvalContext, Kernel, Volatility};
use crate::kernel::Column;
use crate::kernel::value::{array_to_values, values_to_array};
use crate::types::{DataType, Value, arrow_type};
use arrow::array::{Array, ArrayRef};
use std::sync::Arc;

/// Registers functions for SQL and the DataFrame API, from [`Session::udf`].
#[derive(Debug, Clone)]
pub struct UdfRegistration {
    session: Session,
}

impl UdfRegistration {
    pub(super) fn new(session: Session) -> Self {
        UdfRegistration { session }
    }

    /// Registers a function of values: called once a row with one value for each parameter (NULLs
    /// included). Arguments are cast to `parameters`.
    ///
    /// ```
    /// # use firesteel::{Session, types::{DataType, Value}};
    /// # fn main() -> firesteel::Result<()> {
    /// let spark = Session::builder().create()?;
    /// spark.udf().register("shout", [DataType::String], DataType::String, |arguments| {
    ///     Ok(arguments[0].as_str().map(|text| format!("{}!", text.to_uppercase())).into())
    /// });
    /// let rows = spark.sql("SELECT shout('hello') AS loud")?.collect()?;
    /// assert_eq!(rows[0].get(0), &Value::from("HELLO!"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn register<F>(
        &self,
        name: &str,
        parameters: impl IntoIterator<Item = DataType>,
        returns: DataType,
        function: F,
    ) where
        F: Fn(&[Value]) -> Result<Value> + Send + Sync + 'static,
    {
        let parameters: Vec<DataType> = parameters.into_iter().collect();
        let kernel = RowFunction {
            parameters: parameters.clone(),
            returns: returns.clone(),
            function,
        };
        self.add(name, parameters, returns, Arc::new(kernel));
    }

    /// Registers a function of Arrow arrays: called once a batch, with arrays of equal length in the
    /// encoding of [`arrow_type`]; it must give an array of that length and of the type of `returns`.
    pub fn register_arrow<F>(
        &self,
        name: &str,
        parameters: impl IntoIterator<Item = DataType>,
        returns: DataType,
        function: F,
    ) where
        F: Fn(&[ArrayRef]) -> Result<ArrayRef> + Send + Sync + 'static,
    {
        let kernel = ArrowFunction {
            name: name.to_string(),
            returns: returns.clone(),
            function,
        };
        self.add(
            name,
            parameters.into_iter().collect(),
            returns,
            Arc::new(kernel),
        );
    }

    fn add(
        &self,
        name: &str,
        parameters: Vec<DataType>,
        returns: DataType,
        kernel: Arc<dyn Kernel>,
    ) {
        self.session.state.catalog.register_function(UserFunction {
            name: name.to_string(),
            parameters: Some(parameters),
            returns,
            volatility: Volatility::Immutable,
            kernel,
        });
    }
}

struct RowFunction<F> {
    parameters: Vec<DataType>,
    returns: DataType,
    function: F,
}

impl<F: Fn(&[Value]) -> Result<Value> + Send + Sync> Kernel for RowFunction<F> {
    fn eval(&self, arguments: &[Column], rows: usize, _: &EvalContext) -> Result<Column> {
        let columns = arguments
            .iter()
            .zip(&self.parameters)
            .map(|(column, data_type)| array_to_values(column.values().as_ref(), data_type))
            .collect::<Result<Vec<_>>>()?;
        let mut results = Vec::with_capacity(rows);
        let mut row_values = Vec::with_capacity(columns.len());
        for row in 0..rows {
            row_values.clear();
            let cells = arguments.iter().zip(&columns);
            row_values.extend(cells.map(|(column, values)| values[column.index(row)].clone()));
            results.push((self.function)(&row_values)?);
        }
        Ok(Column::Array(values_to_array(&results, &self.returns)?))
    }
}

struct ArrowFunction<F> {
    name: String,
    returns: DataType,
    function: F,
}

impl<F: Fn(&[ArrayRef]) -> Result<ArrayRef> + Send + Sync> Kernel for ArrowFunction<F> {
    fn eval(&self, arguments: &[Column], rows: usize, _: &EvalContext) -> Result<Column> {
        let arrays: Vec<ArrayRef> = arguments
            .iter()
            .map(|column| column.to_array(rows))
            .collect();
        let result = (self.function)(&arrays)?;
        let expected = arrow_type(&self.returns);
        if result.len() != rows || result.data_type() != &expected {
            return Err(Error::internal(format!(
                "function {} gave {} values of {} where {rows} of {expected} were declared",
                self.name,
                result.len(),
                result.data_type()
            )));
        }
        Ok(Column::Array(result))
    }
}
