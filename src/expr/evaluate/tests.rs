use super::*;
use crate::error::conditions::DIVIDE_BY_ZERO;
use crate::expr::{Call, CalledFunction, ColumnId, UserFunction};
use crate::functions::scalar::{Kernel, Volatility};
use crate::kernel::value::{array_to_values, values_to_array};
use crate::types::{DataType, Value};
use arrow::array::{Array, AsArray, Int32Array};
use arrow::datatypes::Int32Type;

fn column(id: u32, data_type: DataType) -> Attribute {
    Attribute {
        id: ColumnId(id),
        name: format!("c{id}").into(),
        data_type,
        nullable: true,
    }
}

fn call(
    name: &str,
    arguments: Vec<Expr>,
    returns: DataType,
    kernel: impl Fn(&[Column], usize) -> Result<Column> + Send + Sync + 'static,
) -> Expr {
    let kernel: Arc<dyn Kernel> = Arc::new(kernel);
    Expr::Call(Call {
        function: CalledFunction::User(Arc::new(UserFunction {
            name: name.into(),
            parameters: None,
            returns: returns.clone(),
            volatility: Volatility::Immutable,
            kernel: kernel.clone(),
        })),
        kernel,
        arguments,
        data_type: returns,
        nullable: true,
        origin: None,
    })
}

/// `100 / x`, which fails for 0.
fn divide(x: Expr) -> Expr {
    call("divide", vec![x], DataType::Integer, |arguments, _| {
        let values = arguments[0].values().as_primitive::<Int32Type>();
        if values.iter().any(|v| v == Some(0)) {
            return Err(crate::Error::of(&DIVIDE_BY_ZERO));
        }
        let out: Int32Array = values.iter().map(|v| v.map(|v| 100 / v)).collect();
        Ok(Column::Array(Arc::new(out)))
    })
}

fn greater(left: Expr, right: i32) -> Expr {
    let right = Expr::literal(right, DataType::Integer);
    call("greater", vec![left, right], DataType::Boolean, |a, _| {
        let out = arrow::compute::kernels::cmp::gt(&a[0], &a[1])?;
        Ok(Column::Array(Arc::new(out)))
    })
}

fn evaluate(expr: &Expr, input: &[Attribute], columns: &[ArrayRef]) -> Result<Vec<Value>> {
    let evaluator = Evaluator::new(expr, input, &Config::default())?;
    let rows = columns[0].len();
    let column = evaluator.eval(columns, rows, &EvalContext::default())?;
    array_to_values(column.to_array(rows).as_ref(), &expr.data_type())
}

fn integers(values: &[Option<i32>]) -> ArrayRef {
    let values: Vec<Value> = values.iter().map(|v| Value::from(*v)).collect();
    values_to_array(&values, &DataType::Integer).unwrap()
}

fn not_zero(x: &Expr) -> Expr {
    Expr::Not(Box::new(Expr::In {
        operand: Box::new(x.clone()),
        list: vec![Expr::literal(0, DataType::Integer)],
    }))
}

const T: Value = Value::Boolean(true);
const F: Value = Value::Boolean(false);

#[test]
fn later_terms_see_only_the_rows_that_need_them() {
    let input = [column(0, DataType::Integer)];
    let x = Expr::Column(input[0].clone());
    let data = [integers(&[Some(5), Some(0), None, Some(50)])];

    let and = Expr::And(vec![not_zero(&x), greater(divide(x.clone()), 10)]);
    assert_eq!(
        evaluate(&and, &input, &data).unwrap(),
        [T, F, Value::Null, F]
    );
    let predicate = Evaluator::new(&and, &input, &Config::default()).unwrap();
    let kept = predicate
        .eval_predicate(&data, 4, &EvalContext::default())
        .unwrap();
    assert_eq!(
        kept.mask(4).iter().collect::<Vec<_>>(),
        [true, false, false, false]
    );

    let case = Expr::Case {
        branches: vec![(not_zero(&x), divide(x.clone()))],
        otherwise: Some(Box::new(Expr::literal(-1, DataType::Integer))),
        data_type: DataType::Integer,
    };
    let expected: Vec<Value> = [20, -1, -1, 2].map(Value::from).to_vec();
    assert_eq!(evaluate(&case, &input, &data).unwrap(), expected);

    let error = evaluate(&divide(x), &input, &data).unwrap_err();
    assert_eq!(error.condition().name, "DIVIDE_BY_ZERO");
}

#[test]
fn three_valued_or_and_coalesce() {
    let input = [column(0, DataType::Boolean), column(1, DataType::Boolean)];
    let [a, b] = input.clone().map(Expr::Column);
    let all = [T, F, Value::Null];
    let pairs: Vec<(Value, Value)> = (all.iter())
        .flat_map(|x| all.iter().map(|y| (x.clone(), y.clone())))
        .collect();
    let side = |pick: fn(&(Value, Value)) -> Value| {
        let values: Vec<Value> = pairs.iter().map(pick).collect();
        values_to_array(&values, &DataType::Boolean).unwrap()
    };
    let data = [side(|p| p.0.clone()), side(|p| p.1.clone())];
    let or = Expr::Or(vec![a.clone(), b.clone()]);
    let expected: Vec<Value> = (pairs.iter())
        .map(|(x, y)| match (x.as_bool(), y.as_bool()) {
            (Some(true), _) | (_, Some(true)) => T,
            (Some(false), Some(false)) => F,
            _ => Value::Null,
        })
        .collect();
    assert_eq!(evaluate(&or, &input, &data).unwrap(), expected);
    let coalesce = Expr::Coalesce {
        operands: vec![a, b],
        data_type: DataType::Boolean,
    };
    let expected: Vec<Value> = (pairs.into_iter())
        .map(|(x, y)| if x.is_null() { y } else { x })
        .collect();
    assert_eq!(evaluate(&coalesce, &input, &data).unwrap(), expected);
}

#[test]
fn membership_knows_nulls_nan_and_columns() {
    let input = [column(0, DataType::Double), column(1, DataType::Double)];
    let [a, b] = input.clone().map(Expr::Column);
    let doubles = |values: &[Option<f64>]| {
        let values: Vec<Value> = values.iter().map(|v| Value::from(*v)).collect();
        values_to_array(&values, &DataType::Double).unwrap()
    };
    let data = [
        doubles(&[Some(f64::NAN), Some(-0.0), Some(3.0), None, Some(4.0)]),
        doubles(&[None, None, Some(3.0), Some(1.0), Some(1.0)]),
    ];
    let list = [f64::NAN, 0.0].map(|v| Expr::literal(v, DataType::Double));
    let constants = Expr::In {
        operand: Box::new(a.clone()),
        list: list.to_vec(),
    };
    assert_eq!(
        evaluate(&constants, &input, &data).unwrap(),
        [T, T, F, Value::Null, F]
    );
    let mixed = Expr::In {
        operand: Box::new(a),
        list: [list.to_vec(), vec![b]].concat(),
    };
    assert_eq!(
        evaluate(&mixed, &input, &data).unwrap(),
        [T, T, T, Value::Null, F]
    );
}

#[test]
fn constant_subtrees_fail_only_when_needed_and_run_once() {
    let input = [column(0, DataType::Integer)];
    let x = Expr::Column(input[0].clone());
    let zero = Expr::literal(0, DataType::Integer);
    let case = Expr::Case {
        branches: vec![(not_zero(&x), x.clone())],
        otherwise: Some(Box::new(divide(zero))),
        data_type: DataType::Integer,
    };
    let good = [integers(&[Some(1), Some(2)])];
    assert!(evaluate(&case, &input, &good).is_ok());
    assert!(evaluate(&case, &input, &[integers(&[Some(1), Some(0)])]).is_err());
}

#[test]
fn common_subexpressions_are_computed_once() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let input = [column(0, DataType::Integer)];
    let x = Expr::Column(input[0].clone());
    let counted = call("counted", vec![x], DataType::Integer, |a, _| {
        CALLS.fetch_add(1, Ordering::Relaxed);
        Ok(a[0].clone())
    });
    let both = [greater(counted.clone(), 1), greater(counted, 2)];
    let projector = Projector::new(&both, &input, &Config::default()).unwrap();
    let data = [integers(&[Some(1), Some(2), Some(3)])];
    let out = projector.eval(&data, 3, &EvalContext::default()).unwrap();
    assert_eq!(out.len(), 2);
    assert_eq!(CALLS.load(Ordering::Relaxed), 1);
}

/// `CASE WHEN x > bound THEN value END`.
fn when_greater(x: &Expr, bound: i32, value: &Expr) -> Expr {
    let data_type = value.data_type();
    Expr::Case {
        branches: vec![(greater(x.clone(), bound), value.clone())],
        otherwise: None,
        data_type,
    }
}

#[test]
fn branches_share_what_no_row_can_fail_at() {
    let x = column(0, DataType::Integer);
    let price = column(1, DataType::decimal(9, 2));
    let [of_x, of_price] = [&x, &price].map(|column| Expr::Column(column.clone()));
    let shared = |value: &Expr| {
        let both = [when_greater(&of_x, 1, value), when_greater(&of_x, 2, value)];
        let projector = Projector::new(&both, &[x.clone(), price.clone()], &Config::default());
        projector.unwrap().shared()
    };
    let square = |of: &Expr| Expr::call("*", vec![of.clone(), of.clone()]).unwrap();
    assert_eq!(shared(&square(&of_price)), 1);
    // An overflow, or a user's function, is for the rows that take the branch only.
    assert_eq!(shared(&square(&of_x)), 0);
    assert_eq!(shared(&divide(of_x.clone())), 0);
    // No DECIMAL has room for every square of a DECIMAL(19, 4), so only that of the price itself is shared.
    assert_eq!(shared(&square(&square(&of_price))), 1);
}
