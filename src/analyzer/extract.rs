//! Parts of nested values: `s.f`, `a[0]`, `m['k']`, and fields of all structs of an array.

use super::expression::Resolver;
use super::typed::Typed;
use crate::error::{Error, Origin, Result, conditions, quote};
use crate::expr::Expr;
use crate::types::{DataType, StructType, Value};

impl Resolver<'_> {
    /// `base.name`, where base is no plain column name, or the rest of a dotted name.
    pub(super) fn field(
        &mut self,
        base: Typed,
        name: &str,
        origin: &Option<Origin>,
    ) -> Result<Typed> {
        let data_type = base.data_type();
        let sql = format!("{}.{name}", base.sql);
        let key = Typed::new(Expr::literal(name, DataType::String), name, None);
        let fields = match &data_type {
            DataType::Struct(fields) => fields,
            DataType::Array { element, .. } => match &**element {
                DataType::Struct(fields) => fields,
                _ => return self.extract_item(base, key, origin),
            },
            DataType::Map { .. } => {
                let typed = self.extract_item(base, key, origin)?;
                return Ok(Typed {
                    name: Some(name.to_string()),
                    ..typed
                });
            }
            other => return Err(no_base(&base, other)),
        };
        let ordinal = self.ordinal_of(fields, name)?;
        let ordinal = Typed::new(Expr::literal(ordinal as i32, DataType::Integer), name, None);
        let mut typed = self.call_built_in(".", vec![base, ordinal], origin)?;
        typed.sql = sql;
        typed.name = Some(name.to_string());
        Ok(typed)
    }

    /// The position of a struct's field.
    fn ordinal_of(&self, fields: &StructType, name: &str) -> Result<usize> {
        let same = |field: &&crate::types::StructField| self.analyzer.same_name(&field.name, name);
        let matching: Vec<_> = fields.iter().filter(same).collect();
        match matching.len() {
            1 => {
                let position = fields.iter().position(|field| same(&field));
                position.ok_or_else(|| Error::internal("a field that was found is gone"))
            }
            0 => {
                let known: Vec<String> =
                    fields.iter().map(|f| quote::identifier(&f.name)).collect();
                Err(Error::new(
                    &conditions::FIELD_NOT_FOUND,
                    [
                        ("fieldName", quote::identifier(name)),
                        ("fields", known.join(", ")),
                    ],
                ))
            }
            count => Err(Error::new(
                &conditions::AMBIGUOUS_REFERENCE_TO_FIELDS,
                [
                    ("field", quote::identifier(name)),
                    ("count", count.to_string()),
                ],
            )),
        }
    }

    /// `base[key]`.
    pub(super) fn extract(
        &mut self,
        base: Typed,
        key: Typed,
        origin: &Option<Origin>,
    ) -> Result<Typed> {
        let is_struct = match &base.data_type() {
            DataType::Struct(_) => true,
            DataType::Array { element, .. } => {
                matches!(**element, DataType::Struct(_)) && key.data_type().is_string()
            }
            _ => false,
        };
        if is_struct {
            let constant = self.analyzer.fold(&key.expr)?;
            return match constant {
                Some(Value::String(name)) => {
                    // Only a dotted column name names the output column, not `f(x).a` or `s['a']`.
                    let mut typed = self.field(base, &name, origin)?;
                    typed.field = typed.name.take();
                    Ok(typed)
                }
                _ => Err(Error::new(
                    &conditions::INVALID_EXTRACT_FIELD_TYPE,
                    [("extraction", quote::sql_expression(&key.sql))],
                )),
            };
        }
        self.extract_item(base, key, origin)
    }

    fn extract_item(&mut self, base: Typed, key: Typed, origin: &Option<Origin>) -> Result<Typed> {
        let data_type = base.data_type();
        if !matches!(data_type, DataType::Array { .. } | DataType::Map { .. }) {
            return Err(no_base(&base, &data_type));
        }
        self.call_built_in("[]", vec![base, key], origin)
    }
}

fn no_base(base: &Typed, data_type: &DataType) -> Error {
    Error::new(
        &conditions::INVALID_EXTRACT_BASE_FIELD_TYPE,
        [
            ("base", quote::sql_expression(&base.sql)),
            ("other", quote::sql_type(data_type)),
        ],
    )
}
