//! Functions over arrays, maps and structs (Spark's `array_funcs`, `map_funcs`, `struct_funcs`,
//! `collection_funcs`), one file per subject.

pub mod build;
