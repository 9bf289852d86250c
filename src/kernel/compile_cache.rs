//! The compiled form of an argument that rarely changes: a pattern, a path, a format.
//!
//! A bound kernel is shared by all workers, and its pattern is nearly always one constant. The kernel keeps
//! the last text it compiled; a batch looks at it once. Nobody ever waits: a worker that does not get hold of
//! the kept form compiles one for itself.

use crate::error::Result;
use std::sync::{Arc, RwLock};

/// The last compiled form and the text it came from.
#[derive(Debug)]
pub struct CompileCache<T> {
    last: RwLock<Option<(String, Arc<T>)>>,
}

impl<T> Default for CompileCache<T> {
    fn default() -> Self {
        CompileCache {
            last: RwLock::new(None),
        }
    }
}

impl<T> CompileCache<T> {
    /// The compiled form of a text.
    pub fn get(&self, text: &str, compile: impl FnOnce(&str) -> Result<T>) -> Result<Arc<T>> {
        if let Ok(last) = self.last.try_read()
            && let Some((key, compiled)) = &*last
            && key == text
        {
            return Ok(compiled.clone());
        }
        let compiled = Arc::new(compile(text)?);
        if let Ok(mut last) = self.last.try_write() {
            *last = Some((text.to_string(), compiled.clone()));
        }
        Ok(compiled)
    }
}

/// The compiled form for the rows of one batch: compiles where the text differs from the row before.
#[derive(Debug)]
pub struct RowCompiler<'a, T> {
    cache: &'a CompileCache<T>,
    current: Option<(String, Arc<T>)>,
}

impl<'a, T> RowCompiler<'a, T> {
    /// For one batch.
    pub fn new(cache: &'a CompileCache<T>) -> Self {
        RowCompiler {
            cache,
            current: None,
        }
    }

    /// The compiled form of this row's text.
    #[inline]
    pub fn get(&mut self, text: &str, compile: impl FnOnce(&str) -> Result<T>) -> Result<&Arc<T>> {
        let stale = !matches!(&self.current, Some((key, _)) if key == text);
        if stale {
            self.current = None;
        }
        match &mut self.current {
            Some((_, compiled)) => Ok(compiled),
            current => {
                let compiled = self.cache.get(text, compile)?;
                Ok(&current.insert((text.to_string(), compiled)).1)
            }
        }
    }
}
