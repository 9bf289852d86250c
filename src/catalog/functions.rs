//! Functions that the user registered.

use super::{Catalog, key};
use crate::expr::UserFunction;
use std::sync::Arc;

impl Catalog {
    /// Registers a function; one of the same name is replaced. It hides a built-in function of that name.
    pub fn register_function(&self, function: UserFunction) {
        let name = key(&function.name);
        self.write().functions.insert(name, Arc::new(function));
    }

    /// Removes a function; false if there was none.
    pub fn drop_function(&self, name: &str) -> bool {
        self.write().functions.remove(&key(name)).is_some()
    }

    /// The function of a name.
    pub fn function(&self, name: &str) -> Option<Arc<UserFunction>> {
        self.read().functions.get(&key(name)).cloned()
    }

    /// The names of all registered functions, in order.
    pub fn functions(&self) -> Vec<String> {
        self.read().functions.keys().cloned().collect()
    }
}
