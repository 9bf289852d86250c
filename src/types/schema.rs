//! Struct types: the schemas of rows, tables and nested structs.

use super::DataType;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

/// One named, typed column of a schema. Fields that differ in their comment only are equal.
#[derive(Debug, Clone)]
pub struct StructField {
    /// The name, as written.
    pub name: String,
    /// The type.
    pub data_type: DataType,
    /// Whether the column may hold NULL.
    pub nullable: bool,
    /// `COMMENT 'text'`
    pub comment: Option<Arc<str>>,
}

impl StructField {
    /// A field.
    pub fn new(name: impl Into<String>, data_type: DataType, nullable: bool) -> Self {
        StructField {
            name: name.into(),
            data_type,
            nullable,
            comment: None,
        }
    }

    /// The field with a comment.
    #[must_use]
    pub fn with_comment(mut self, comment: impl Into<Arc<str>>) -> Self {
        self.comment = Some(comment.into());
        self
    }
}

impl PartialEq for StructField {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.data_type == other.data_type
            && self.nullable == other.nullable
    }
}

impl Eq for StructField {}

impl Hash for StructField {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.name, &self.data_type, self.nullable).hash(state);
    }
}

/// A list of fields: the schema of a row. Cheap to clone; derefs to a slice of its fields.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct StructType {
    fields: Arc<[StructField]>,
}

impl StructType {
    /// A schema of these fields.
    pub fn new(fields: impl IntoIterator<Item = StructField>) -> Self {
        StructType {
            fields: fields.into_iter().collect(),
        }
    }

    /// This schema with one more field, for building step by step as in
    /// `StructType::default().add("a", DataType::Integer, true)`.
    #[must_use]
    pub fn add(self, name: impl Into<String>, data_type: DataType, nullable: bool) -> Self {
        let field = StructField::new(name, data_type, nullable);
        StructType::new(self.fields.iter().cloned().chain([field]))
    }

    /// The fields.
    pub fn fields(&self) -> &[StructField] {
        &self.fields
    }

    /// The fields' names, in order.
    pub fn names(&self) -> Vec<String> {
        self.iter().map(|field| field.name.clone()).collect()
    }

    /// Position of the first field of that name, ignoring case as Spark does by default.
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.iter()
            .position(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// Spark's `simpleString`: `struct<a:int,b:string>`.
    pub fn simple_string(&self) -> String {
        let fields: Vec<String> = (self.iter())
            .map(|field| format!("{}:{}", field.name, field.data_type.simple_string()))
            .collect();
        format!("struct<{}>", fields.join(","))
    }
}

impl Deref for StructType {
    type Target = [StructField];

    fn deref(&self) -> &[StructField] {
        &self.fields
    }
}
