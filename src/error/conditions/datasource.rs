//! Files, tables and the catalog.

use crate::error::condition::conditions;

conditions! {
    PATH_NOT_FOUND = "PATH_NOT_FOUND", "42K03", "There is nothing at <path>.";
    PATH_ALREADY_EXISTS = "PATH_ALREADY_EXISTS", "42K04",
        "<outputPath> exists already. Choose the mode \"overwrite\" to replace it.";
}
