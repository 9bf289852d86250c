//! `explode`, `posexplode` and `inline`: a row for every element of a collection.
//!
//! The elements of a list array lie side by side already: where no row is missing, the generated column *is*
//! the child array, and only the row numbers are made.

use super::{GeneratorFunction, GeneratorKernel, GeneratorOutput};
use crate::error::{Error, Result};
use crate::functions::signature::unexpected_type;
use crate::functions::{BindContext, Binding, BoundArgument, Doc};
use crate::kernel::Column;
use crate::types::{DataType, StructField};
use arrow::array::{Array, ArrayRef, AsArray, Int32Array, UInt32Array, make_array};
use arrow::buffer::NullBuffer;
use arrow::compute::take;
use arrow::datatypes::DataType as ArrowType;
use std::sync::Arc;

#[rustfmt::skip]
pub(super) static FUNCTIONS: &[GeneratorFunction] = &[
    GeneratorFunction {
        name: "explode",
        doc: Doc {
            usage: "_FUNC_(collection) - Gives a row for every element of an array (column `col`) or every \
                    entry of a map (columns `key` and `value`); none for NULL or an empty collection.",
            examples: &[
                ("SELECT explode(array(10, 20))", "10\n20"),
                ("SELECT explode(map('a', 1, 'b', 2))", "a\t1\nb\t2"),
            ],
            ..DOC
        },
        parameters: &["collection"],
        bind: |context, arguments| bind_explode(context, arguments, false),
        ..GeneratorFunction::BASE
    },
    GeneratorFunction {
        name: "explode_outer",
        doc: Doc {
            usage: "_FUNC_(collection) - Gives a row for every element of an array or every entry of a map, \
                    and one row of NULLs for NULL or an empty collection.",
            examples: &[
                ("SELECT explode_outer(array(10, 20))", "10\n20"),
                ("SELECT explode_outer(CAST(NULL AS ARRAY<INT>))", "NULL"),
            ],
            ..DOC
        },
        parameters: &["collection"],
        outer: true,
        bind: |context, arguments| bind_explode(context, arguments, false),
        ..GeneratorFunction::BASE
    },
    GeneratorFunction {
        name: "posexplode",
        doc: Doc {
            usage: "_FUNC_(collection) - Like explode, with the position of the element, counted from 0, in \
                    a first column `pos`.",
            examples: &[("SELECT posexplode(array(10, 20))", "0\t10\n1\t20")],
            since: "2.0.0",
            ..DOC
        },
        parameters: &["collection"],
        bind: |context, arguments| bind_explode(context, arguments, true),
        ..GeneratorFunction::BASE
    },
    GeneratorFunction {
        name: "posexplode_outer",
        doc: Doc {
            usage: "_FUNC_(collection) - Like explode_outer, with the position of the element, counted from \
                    0, in a first column `pos`.",
            examples: &[
                ("SELECT posexplode_outer(array(10, 20))", "0\t10\n1\t20"),
                ("SELECT posexplode_outer(CAST(NULL AS ARRAY<INT>))", "NULL\tNULL"),
            ],
            since: "2.0.0",
            ..DOC
        },
        parameters: &["collection"],
        outer: true,
        bind: |context, arguments| bind_explode(context, arguments, true),
        ..GeneratorFunction::BASE
    },
    GeneratorFunction {
        name: "inline",
        doc: Doc {
            usage: "_FUNC_(array) - Gives a row for every struct of an array, with a column for every field.",
            examples: &[("SELECT inline(array(struct(1, 'a'), struct(2, 'b')))", "1\ta\n2\tb")],
            since: "2.0.0",
            ..DOC
        },
        parameters: &["input"],
        bind: bind_inline,
        ..GeneratorFunction::BASE
    },
    GeneratorFunction {
        name: "inline_outer",
        doc: Doc {
            usage: "_FUNC_(array) - Gives a row for every struct of an array, with a column for every field, \
                    and one row of NULLs for NULL or an empty array.",
            examples: &[("SELECT inline_outer(array(struct(1, 'a'), struct(2, 'b')))", "1\ta\n2\tb")],
            since: "2.0.0",
            ..DOC
        },
        parameters: &["input"],
        outer: true,
        bind: bind_inline,
        ..GeneratorFunction::BASE
    },
];

const DOC: Doc = GeneratorFunction::BASE.doc;

type GeneratorBinding = Binding<Arc<dyn GeneratorKernel>>;

fn bind_explode(
    context: &BindContext,
    arguments: &[BoundArgument],
    position: bool,
) -> Result<GeneratorBinding> {
    let collection = &arguments[0].data_type;
    let mut fields = Vec::new();
    if position {
        fields.push(StructField::new("pos", DataType::Integer, false));
    }
    match collection {
        DataType::Array {
            element,
            contains_null,
        } => {
            fields.push(StructField::new(
                "col",
                element.as_ref().clone(),
                *contains_null,
            ));
        }
        DataType::Map {
            key,
            value,
            value_contains_null,
        } => {
            fields.push(StructField::new("key", key.as_ref().clone(), false));
            fields.push(StructField::new(
                "value",
                value.as_ref().clone(),
                *value_contains_null,
            ));
        }
        _ => {
            return Err(unexpected_type(
                context,
                arguments,
                0,
                "(\"ARRAY\" or \"MAP\")",
            ));
        }
    }
    Ok(Binding {
        arguments: vec![collection.clone()],
        returns: DataType::structure(fields),
        nullable: false,
        kernel: Arc::new(Explode {
            position,
            inline: false,
        }),
    })
}

fn bind_inline(context: &BindContext, arguments: &[BoundArgument]) -> Result<GeneratorBinding> {
    let array = &arguments[0].data_type;
    let required = || unexpected_type(context, arguments, 0, "\"ARRAY<STRUCT>\"");
    let DataType::Array {
        element,
        contains_null,
    } = array
    else {
        return Err(required());
    };
    let DataType::Struct(fields) = element.as_ref() else {
        return Err(required());
    };
    let fields = fields.iter().map(|field| StructField {
        nullable: field.nullable || *contains_null,
        ..field.clone()
    });
    Ok(Binding {
        arguments: vec![array.clone()],
        returns: DataType::structure(fields),
        nullable: false,
        kernel: Arc::new(Explode {
            position: false,
            inline: true,
        }),
    })
}

struct Explode {
    position: bool,
    inline: bool,
}

impl GeneratorKernel for Explode {
    fn generate(&self, arguments: &[Column], rows: usize, outer: bool) -> Result<GeneratorOutput> {
        let collection = arguments[0].to_array(rows);
        let (offsets, elements) = open(&collection)?;
        let lists = Lists {
            offsets: &offsets,
            nulls: collection.nulls(),
            outer,
        };
        let (row_of_output, positions) = lists.rows();
        let source = lists.elements();

        let mut columns = Vec::with_capacity(elements.len() + 1);
        if self.position {
            columns.push(Arc::new(positions) as ArrayRef);
        }
        for elements in elements {
            let taken = match &source {
                Elements::Slice(from, length) => elements.slice(*from, *length),
                Elements::Take(indices) => take(elements.as_ref(), indices, None)?,
            };
            if self.inline {
                columns.extend(fields_of(&taken)?);
            } else {
                columns.push(taken);
            }
        }
        Ok(GeneratorOutput {
            row_of_output,
            columns,
        })
    }
}

/// The offsets of a list or map array and the child arrays they point into.
fn open(collection: &ArrayRef) -> Result<(Vec<i32>, Vec<ArrayRef>)> {
    match collection.data_type() {
        ArrowType::List(_) => {
            let list = collection.as_list::<i32>();
            Ok((list.offsets().to_vec(), vec![list.values().clone()]))
        }
        ArrowType::Map(_, _) => {
            let map = collection.as_map();
            let children = vec![map.keys().clone(), map.values().clone()];
            Ok((map.offsets().to_vec(), children))
        }
        other => Err(Error::internal(format!(
            "explode got an array of type {other}"
        ))),
    }
}

/// Where the generated elements come from.
enum Elements {
    /// So many from here on: they lie side by side.
    Slice(usize, usize),
    /// One by one; none for the NULLs of outer rows.
    Take(UInt32Array),
}

struct Lists<'a> {
    offsets: &'a [i32],
    nulls: Option<&'a NullBuffer>,
    outer: bool,
}

impl Lists<'_> {
    /// Elements of a row: nothing for NULL.
    fn range(&self, row: usize) -> (i32, i32) {
        match self.nulls {
            Some(nulls) if nulls.is_null(row) => (self.offsets[row], self.offsets[row]),
            _ => (self.offsets[row], self.offsets[row + 1]),
        }
    }

    fn ranges(&self) -> impl Iterator<Item = (i32, i32)> {
        (0..self.offsets.len() - 1).map(|row| self.range(row))
    }

    /// The input row and the position of every generated row.
    fn rows(&self) -> (UInt32Array, Int32Array) {
        let mut rows = Vec::new();
        let mut positions = Vec::new();
        let mut any_null = false;
        for (row, (from, to)) in self.ranges().enumerate() {
            if from == to && self.outer {
                rows.push(row as u32);
                positions.push(None);
                any_null = true;
            }
            rows.extend(std::iter::repeat_n(row as u32, (to - from) as usize));
            positions.extend((0..to - from).map(Some));
        }
        let positions = if any_null {
            Int32Array::from(positions)
        } else {
            positions.into_iter().flatten().collect()
        };
        (UInt32Array::from(rows), positions)
    }

    fn elements(&self) -> Elements {
        let first = self.offsets.first().copied().unwrap_or(0);
        let last = self.offsets.last().copied().unwrap_or(0);
        let count: i32 = self.ranges().map(|(from, to)| to - from).sum();
        let has_empty = || self.ranges().any(|(from, to)| from == to);
        if count == last - first && !(self.outer && has_empty()) {
            return Elements::Slice(first as usize, count as usize);
        }
        let mut indices = Vec::new();
        for (from, to) in self.ranges() {
            if from == to && self.outer {
                indices.push(None);
            }
            indices.extend((from..to).map(|element| Some(element as u32)));
        }
        Elements::Take(UInt32Array::from(indices))
    }
}

/// The fields of structs as columns; a NULL struct is NULL in each.
fn fields_of(structs: &ArrayRef) -> Result<Vec<ArrayRef>> {
    let structs = structs.as_struct();
    let Some(nulls) = structs.nulls() else {
        return Ok(structs.columns().to_vec());
    };
    let masked = |column: &ArrayRef| {
        let nulls = NullBuffer::union(Some(nulls), column.logical_nulls().as_ref());
        if *column.data_type() == ArrowType::Null {
            return Ok(column.clone());
        }
        Ok(make_array(
            column.to_data().into_builder().nulls(nulls).build()?,
        ))
    };
    structs.columns().iter().map(masked).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::ListArray;
    use arrow::datatypes::Int32Type;

    fn generate(kernel: &Explode, outer: bool) -> (Vec<u32>, Vec<Vec<Option<i32>>>) {
        let lists = ListArray::from_iter_primitive::<Int32Type, _, _>([
            Some(vec![Some(1), None]),
            None,
            Some(vec![]),
            Some(vec![Some(4)]),
        ]);
        let column = Column::Array(Arc::new(lists) as ArrayRef);
        let output = kernel.generate(&[column], 4, outer).unwrap();
        let columns = output.columns.iter();
        (
            output.row_of_output.values().to_vec(),
            columns
                .map(|column| column.as_primitive::<Int32Type>().iter().collect())
                .collect(),
        )
    }

    #[test]
    fn outer_keeps_every_row() {
        let explode = Explode {
            position: false,
            inline: false,
        };
        let (rows, columns) = generate(&explode, false);
        assert_eq!(
            (rows, columns),
            (vec![0, 0, 3], vec![vec![Some(1), None, Some(4)]])
        );

        let posexplode = Explode {
            position: true,
            inline: false,
        };
        let (rows, columns) = generate(&posexplode, true);
        assert_eq!(rows, [0, 0, 1, 2, 3]);
        assert_eq!(columns[0], [Some(0), Some(1), None, None, Some(0)]);
        assert_eq!(columns[1], [Some(1), None, None, None, Some(4)]);
    }
}
