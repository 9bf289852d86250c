//! Lambdas of higher-order functions.

use super::frame::Frame;
use super::node::Term;
use crate::error::Result;
use crate::functions::scalar::Lambda;
use arrow::array::{ArrayRef, UInt32Array, new_empty_array};
use arrow::datatypes::DataType;

/// A compiled lambda: its body reads the enclosing columns, then its parameters.
#[derive(Debug, Clone)]
pub(super) struct CompiledLambda {
    pub body: Term,
    /// How many parameters it declares.
    pub parameters: usize,
    /// Type of the body.
    pub data_type: DataType,
}

/// A lambda with the columns that it captures.
pub(super) struct BoundLambda<'a> {
    lambda: &'a CompiledLambda,
    frame: Frame<'a>,
}

impl CompiledLambda {
    pub fn bind<'a>(&'a self, frame: &Frame<'a>) -> BoundLambda<'a> {
        BoundLambda {
            lambda: self,
            frame: *frame,
        }
    }
}

impl Lambda for BoundLambda<'_> {
    fn call(&self, parameters: &[ArrayRef], row_of_element: &UInt32Array) -> Result<ArrayRef> {
        let body = &self.lambda.body;
        let rows = row_of_element.len();
        // A function may offer more parameters (the index) than the lambda declares.
        let declared = &parameters[..self.lambda.parameters.min(parameters.len())];
        if rows == 0 {
            return Ok(new_empty_array(&self.lambda.data_type));
        }
        let elements = self.frame.elements(declared, row_of_element, body)?;
        let values = body.node.eval(&elements.frame(self.frame.context))?;
        Ok(values.to_array(rows))
    }
}
