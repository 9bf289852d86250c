//! From the paths a user gave to the files of a table.
//!
//! Spark's rules: a path may be a pattern; one that matches nothing is an error. Names that begin with `_`
//! or `.` are hidden, but `_a=1` is a partition. Of a folder without partitions only the files directly in
//! it count, unless `recursiveFileLookup` is on. Files are read the largest first, equal ones by path.

use super::partition_values::{self, FolderValues, parse_folder_name};
use super::{Compression, glob};
use crate::config::Config;
use crate::datasource::options::SourceOptions;
use crate::error::conditions::{
    CONFLICTING_DIRECTORY_STRUCTURES, CONFLICTING_PARTITION_COLUMN_NAMES, FAILED_READ_FILE_NO_HINT,
    PATH_NOT_FOUND,
};
use crate::error::{Error, Result};
use crate::types::{StructField, StructType, Value};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// One file of a table.
#[derive(Debug, Clone)]
pub struct DataFile {
    /// Absolute path.
    pub path: PathBuf,
    /// Bytes as stored.
    pub size: u64,
    /// One value per field of the listing's partition schema.
    pub partition_values: Arc<[Value]>,
}

impl DataFile {
    /// How it is compressed, by its name.
    pub fn compression(&self) -> Compression {
        Compression::of_path(&self.path)
    }
}

/// The files of a table and the columns that their folders' names make.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// The files, in the order in which their rows are read.
    pub files: Vec<DataFile>,
    /// Partition columns; empty if there are none.
    pub partition_schema: StructType,
    /// The paths as the user gave them, for EXPLAIN.
    pub roots: Vec<PathBuf>,
}

impl Listing {
    /// Finds the files below `paths`. Partition columns that `user_schema` names get its types.
    pub fn find(
        paths: &[String],
        user_schema: Option<&StructType>,
        options: &SourceOptions,
        config: &Config,
    ) -> Result<Listing> {
        let mut roots = Vec::new();
        for path in paths {
            roots.extend(expand_path(path)?);
        }
        let recursive = options.flag("recursiveFileLookup", false)?;
        let name_filter = (options.get("pathGlobFilter")).map(glob::name_matcher);
        let mut leaves = Vec::new();
        for root in &roots {
            list_leaves(root, &mut leaves)?;
        }
        if let Some(matcher) = &name_filter {
            leaves.retain(|leaf| matcher.as_ref().is_some_and(|m| m.is_match(&leaf.name())));
        }
        leaves.sort_by(|a, b| a.path.cmp(&b.path));
        leaves.dedup_by(|a, b| a.path == b.path);
        if recursive {
            return Ok(Listing::unpartitioned(leaves, roots));
        }

        let base = match options.get("basePath") {
            Some(path) => vec![absolute(&local_path(path))],
            None => roots.iter().map(|root| base_of(root)).collect(),
        };
        let partitioned = find_partitions(leaves.iter().map(Leaf::folder), &base)?;
        if partitioned.is_empty() {
            let direct = |leaf: &Leaf| {
                (roots.iter()).any(|root| leaf.path == *root || leaf.folder() == root.as_path())
            };
            leaves.retain(direct);
            return Ok(Listing::unpartitioned(leaves, roots));
        }

        let inference = config.flag("spark.sql.sources.partitionColumnTypeInference.enabled");
        let (fields, values) =
            partition_values::resolve(&partitioned, user_schema, inference, config)?;
        let mut files: Vec<DataFile> = leaves
            .into_iter()
            .filter_map(|leaf| {
                let folder = partitioned.iter().position(|p| p.folder == leaf.folder())?;
                Some(leaf.into_file(values[folder].clone()))
            })
            .collect();
        files.sort_by_key(|file| std::cmp::Reverse(file.size));
        Ok(Listing {
            files,
            partition_schema: StructType::new(fields),
            roots,
        })
    }

    fn unpartitioned(leaves: Vec<Leaf>, roots: Vec<PathBuf>) -> Listing {
        let none: Arc<[Value]> = Arc::new([]);
        let mut files: Vec<DataFile> = leaves
            .into_iter()
            .map(|leaf| leaf.into_file(none.clone()))
            .collect();
        files.sort_by_key(|file| std::cmp::Reverse(file.size));
        Listing {
            files,
            partition_schema: StructType::default(),
            roots,
        }
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }

    /// The files by path, the order in which schemas are inferred.
    pub fn by_path(&self) -> Vec<&DataFile> {
        let mut files: Vec<&DataFile> = self.files.iter().collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files
    }

    /// The schema of a table over these files: the files' columns, then the partition columns. A column
    /// that is in both keeps its place and takes the partition's type and values.
    pub fn table_schema(&self, data: &StructType) -> StructType {
        let partition_of = |name: &str| self.partition_schema.index_of(name);
        let in_files = data
            .iter()
            .map(|field| match partition_of(&field.name) {
                Some(index) => self.partition_schema[index].clone(),
                None => field.clone(),
            })
            .collect::<Vec<StructField>>();
        let appended = (self.partition_schema.iter())
            .filter(|field| data.index_of(&field.name).is_none())
            .cloned();
        StructType::new(in_files.into_iter().chain(appended))
    }

    /// The user's schema without the partition columns, which come last in any case.
    pub fn data_schema(&self, user: &StructType) -> StructType {
        let in_files = |field: &&StructField| self.partition_schema.index_of(&field.name).is_none();
        StructType::new(user.iter().filter(in_files).cloned())
    }

    /// The paths for EXPLAIN.
    pub fn location(&self) -> String {
        let roots: Vec<String> = self.roots.iter().map(|root| uri(root)).collect();
        roots.join(", ")
    }
}

/// A file found below a root.
struct Leaf {
    path: PathBuf,
    size: u64,
}

impl Leaf {
    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }

    fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    fn into_file(self, partition_values: Arc<[Value]>) -> DataFile {
        DataFile {
            path: self.path,
            size: self.size,
            partition_values,
        }
    }
}

/// A local path from what a user writes: `file:///a`, `file:/a`, `a`.
pub fn local_path(path: &str) -> PathBuf {
    let stripped = match path.strip_prefix("file:") {
        Some(rest) => match rest.strip_prefix("//") {
            Some(authority_and_path) => authority_and_path,
            None => rest,
        },
        None => path,
    };
    PathBuf::from(stripped)
}

/// A path as Spark prints it: `file:/a/b`.
pub fn uri(path: &Path) -> String {
    format!("file:{}", path.display())
}

/// The path made absolute, without `.` and `..`, whether it exists or not.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    let joined = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut clean = PathBuf::new();
    for component in joined.components() {
        match component {
            Component::ParentDir => {
                clean.pop();
            }
            Component::CurDir => {}
            other => clean.push(other),
        }
    }
    clean
}

fn expand_path(path: &str) -> Result<Vec<PathBuf>> {
    let local = absolute(&local_path(path));
    let not_found = || Error::new(&PATH_NOT_FOUND, [("path", uri(&local))]);
    let text = local.to_string_lossy();
    if glob::is_pattern(&text) && !local.exists() {
        let found = glob::expand(&text);
        return if found.is_empty() {
            Err(not_found())
        } else {
            Ok(found)
        };
    }
    if local.exists() {
        Ok(vec![local])
    } else {
        Err(not_found())
    }
}

/// The folder above which no partition is looked for.
fn base_of(root: &Path) -> PathBuf {
    if root.is_dir() {
        root.to_path_buf()
    } else {
        root.parent().unwrap_or(root).to_path_buf()
    }
}

fn is_hidden(name: &str) -> bool {
    name.starts_with('.')
        || (name.starts_with('_') && !name.contains('='))
        || name.ends_with("._COPYING_")
}

/// Adds the files at or below `path`.
fn list_leaves(path: &Path, leaves: &mut Vec<Leaf>) -> Result<()> {
    let failed = |error: std::io::Error| {
        Error::new(&FAILED_READ_FILE_NO_HINT, [("path", uri(path))]).caused_by(error)
    };
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if !metadata.is_dir() {
        let leaf = Leaf {
            path: path.to_path_buf(),
            size: metadata.len(),
        };
        if !is_hidden(&leaf.name()) {
            leaves.push(leaf);
        }
        return Ok(());
    }
    for entry in std::fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if !is_hidden(&entry.file_name().to_string_lossy()) {
            list_leaves(&entry.path(), leaves)?;
        }
    }
    Ok(())
}

/// The `name=value` folders above each folder that holds files; empty if no folder has any. Folders must
/// agree on their columns and hang below one base.
fn find_partitions<'a>(
    folders: impl Iterator<Item = &'a Path>,
    base: &[PathBuf],
) -> Result<Vec<FolderValues>> {
    let mut found: Vec<FolderValues> = Vec::new();
    let mut bases: Vec<PathBuf> = Vec::new();
    let mut previous: Option<&Path> = None;
    for folder in folders {
        if previous == Some(folder) {
            continue;
        }
        previous = Some(folder);
        let mut columns = Vec::new();
        let mut current = folder;
        loop {
            if base.iter().any(|base| base == current) {
                break;
            }
            let name = current.file_name().unwrap_or_default().to_string_lossy();
            match parse_folder_name(&name)? {
                Some(column) => columns.push(column),
                None if !columns.is_empty() => break,
                None => {}
            }
            match current.parent() {
                Some(parent) => current = parent,
                None => break,
            }
        }
        if columns.is_empty() {
            continue;
        }
        columns.reverse();
        if !bases.iter().any(|base| base == current) {
            bases.push(current.to_path_buf());
        }
        found.push(FolderValues {
            folder: folder.to_path_buf(),
            columns,
        });
    }
    if bases.len() > 1 {
        let list: String = bases
            .iter()
            .map(|base| format!("\n\t{}", uri(base)))
            .collect();
        return Err(Error::new(
            &CONFLICTING_DIRECTORY_STRUCTURES,
            [("discoveredBasePaths", format!("{list}\n"))],
        ));
    }
    check_same_columns(&found)?;
    Ok(found)
}

fn check_same_columns(found: &[FolderValues]) -> Result<()> {
    let mut lists: Vec<Vec<&str>> = Vec::new();
    for folder in found {
        let names: Vec<&str> = folder
            .columns
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        let known = |list: &Vec<&str>| {
            list.len() == names.len() && (list.iter().zip(&names)).all(|(a, b)| a == b)
        };
        if !lists.iter().any(known) {
            lists.push(names);
        }
    }
    if lists.len() <= 1 {
        return Ok(());
    }
    let columns: String = (lists.iter().enumerate())
        .map(|(i, names)| format!("\n\tPartition column name list #{i}: {}", names.join(", ")))
        .collect();
    let paths: String = found
        .iter()
        .map(|folder| format!("\n\t{}", uri(&folder.folder)))
        .collect();
    Err(Error::new(
        &CONFLICTING_PARTITION_COLUMN_NAMES,
        [
            ("distinctPartColLists", format!("{columns}\n")),
            ("suspiciousPaths", paths),
        ],
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::DataType;
    use std::collections::BTreeMap;

    fn folder_with(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, name).unwrap();
        }
        folder
    }

    fn find(folder: &tempfile::TempDir, path: &str, option: (&str, &str)) -> Result<Listing> {
        let paths = vec![folder.path().join(path).display().to_string()];
        let option = BTreeMap::from([(option.0.to_string(), option.1.to_string())]);
        Listing::find(
            &paths,
            None,
            &SourceOptions::new(&option),
            &Config::default(),
        )
    }

    fn names(listing: &Listing, folder: &tempfile::TempDir) -> Vec<String> {
        let relative = |file: &DataFile| {
            let path = file.path.strip_prefix(folder.path()).unwrap();
            path.display().to_string()
        };
        listing.files.iter().map(relative).collect()
    }

    #[test]
    fn hidden_files_and_plain_subfolders_are_left_out() {
        let folder = folder_with(&["a", "bb", "_SUCCESS", ".c", "sub/d"]);
        let listing = find(&folder, "", ("x", "y")).unwrap();
        assert_eq!(names(&listing, &folder), ["bb", "a"]);
        let listing = find(&folder, "", ("recursiveFileLookup", "true")).unwrap();
        assert_eq!(names(&listing, &folder), ["sub/d", "bb", "a"]);
        let error = find(&folder, "nothing*", ("x", "y")).unwrap_err();
        assert_eq!(error.condition().name, "PATH_NOT_FOUND");
    }

    #[test]
    fn folders_become_typed_columns() {
        let folder = folder_with(&[
            "year=2021/month=01/x",
            "year=2020/month=__HIVE_DEFAULT_PARTITION__/x",
            "stray",
        ]);
        let listing = find(&folder, "", ("x", "y")).unwrap();
        assert_eq!(
            listing.partition_schema.simple_string(),
            "struct<year:int,month:int>"
        );
        let values: Vec<&[Value]> = (listing.files.iter())
            .map(|file| &*file.partition_values)
            .collect();
        assert!(values.contains(&[Value::Integer(2021), Value::Integer(1)].as_slice()));
        assert!(values.contains(&[Value::Integer(2020), Value::Null].as_slice()));

        let below = find(&folder, "year=2021", ("x", "y")).unwrap();
        assert_eq!(below.partition_schema.simple_string(), "struct<month:int>");
        let base = folder.path().display().to_string();
        let based = find(&folder, "year=2021", ("basePath", &base)).unwrap();
        assert_eq!(
            based.partition_schema.simple_string(),
            "struct<year:int,month:int>"
        );

        let data = StructType::default()
            .add("month", DataType::String, true)
            .add("v", DataType::Long, true);
        let schema = listing.table_schema(&data);
        assert_eq!(
            schema.simple_string(),
            "struct<month:int,v:bigint,year:int>"
        );
    }

    #[test]
    fn conflicting_folders_are_errors() {
        let condition = |names: &[&str]| {
            let error = find(&folder_with(names), "", ("x", "y")).unwrap_err();
            error.condition().name
        };
        assert_eq!(
            condition(&["a=1/x", "b=2/x"]),
            "CONFLICTING_PARTITION_COLUMN_NAMES"
        );
        assert_eq!(
            condition(&["a=1/x", "y/a=2/x"]),
            "CONFLICTING_DIRECTORY_STRUCTURES"
        );
        assert_eq!(condition(&["a=/x"]), "EMPTY_PARTITION_COLUMN_VALUE");
    }
}
