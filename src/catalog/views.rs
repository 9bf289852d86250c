//! Temporary views, of a session and of the whole application.

use super::{Catalog, GLOBAL_TEMP, View, ViewKind, key, view_exists};
use crate::error::Result;
use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

/// The views of `global_temp`, shared by the sessions of an application.
#[derive(Debug, Default)]
pub struct GlobalViews {
    views: RwLock<BTreeMap<String, Arc<View>>>,
}

impl GlobalViews {
    /// Makes a view.
    pub fn create(&self, name: &str, mut view: View, replace: bool) -> Result<()> {
        view.name = vec![GLOBAL_TEMP.to_string(), name.to_string()];
        view.kind = ViewKind::GlobalTemporary;
        let mut views = self
            .views
            .write()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        if !replace && views.contains_key(&key(name)) {
            return Err(view_exists(&view.name));
        }
        views.insert(key(name), Arc::new(view));
        Ok(())
    }

    /// Drops a view; false if there was none.
    pub fn remove(&self, name: &str) -> bool {
        let mut views = self
            .views
            .write()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        views.remove(&key(name)).is_some()
    }

    /// The view of a name.
    pub fn find(&self, name: &str) -> Option<Arc<View>> {
        let views = self
            .views
            .read()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        views.get(&key(name)).cloned()
    }

    /// All views, in order of their names.
    pub fn list(&self) -> Vec<(String, Arc<View>)> {
        let views = self
            .views
            .read()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        views
            .iter()
            .map(|(name, view)| (name.clone(), view.clone()))
            .collect()
    }
}

impl Catalog {
    /// Makes a temporary view.
    pub fn create_temporary_view(&self, name: &str, mut view: View, replace: bool) -> Result<()> {
        view.name = vec![name.to_string()];
        view.kind = ViewKind::Temporary;
        let mut state = self.write();
        if !replace && state.temporary.contains_key(&key(name)) {
            return Err(view_exists(&view.name));
        }
        state.temporary.insert(key(name), Arc::new(view));
        Ok(())
    }

    /// Drops a temporary view; false if there was none.
    pub fn drop_temporary_view(&self, name: &str) -> bool {
        self.write().temporary.remove(&key(name)).is_some()
    }

    /// The temporary view of a name.
    pub fn temporary_view(&self, name: &str) -> Option<Arc<View>> {
        self.read().temporary.get(&key(name)).cloned()
    }

    /// All temporary views, in order of their names.
    pub fn temporary_views(&self) -> Vec<(String, Arc<View>)> {
        let state = self.read();
        let views = state.temporary.iter();
        views
            .map(|(name, view)| (name.clone(), view.clone()))
            .collect()
    }
}
