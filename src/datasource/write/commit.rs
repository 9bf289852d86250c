//! The commit: old files aside, staged files into place, `_SUCCESS`.

use std::fs;
use std::io::Result;
use std::path::{Path, PathBuf};

/// Which old files go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Replace {
    /// None.
    Nothing,
    /// All below the output folder.
    All,
    /// Those in the partition folders that the job writes.
    Folders,
}

/// Renames that were done, to be undone if a later one fails.
#[derive(Default)]
struct Renames(Vec<(PathBuf, PathBuf)>);

impl Renames {
    fn rename(&mut self, from: &Path, to: &Path) -> Result<()> {
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::rename(from, to)?;
        self.0.push((from.to_path_buf(), to.to_path_buf()));
        Ok(())
    }

    fn undo(self) {
        for (from, to) in self.0.into_iter().rev() {
            // Nothing better can be done about a failure here.
            let _ = fs::rename(to, from);
        }
    }
}

/// Moves `files`, which lie in `staging`, to their places below `output`.
pub(super) fn commit(
    output: &Path,
    staging: &Path,
    files: &[PathBuf],
    replace: Replace,
) -> Result<()> {
    let aside = staging.with_extension("old");
    let mut renames = Renames::default();
    let moved = move_all(output, staging, &aside, files, replace, &mut renames);
    if let Err(error) = moved {
        renames.undo();
        let _ = fs::remove_dir_all(&aside);
        return Err(error);
    }
    fs::write(output.join("_SUCCESS"), b"")?;
    remove(&aside)?;
    remove_staging(output, staging);
    if replace == Replace::All {
        // What jobs that were killed have left.
        let _ = fs::remove_dir_all(output.join("_temporary"));
    }
    Ok(())
}

fn move_all(
    output: &Path,
    staging: &Path,
    aside: &Path,
    files: &[PathBuf],
    replace: Replace,
    renames: &mut Renames,
) -> Result<()> {
    match replace {
        Replace::Nothing => {}
        Replace::All if output.is_file() => renames.rename(output, aside)?,
        Replace::All => {
            for name in entries(output)? {
                if name != "_temporary" {
                    renames.rename(&output.join(&name), &aside.join(&name))?;
                }
            }
        }
        Replace::Folders => {
            let mut folders: Vec<&Path> = files.iter().filter_map(|file| file.parent()).collect();
            folders.sort();
            folders.dedup();
            for folder in folders {
                for name in entries(&output.join(folder))? {
                    let path = folder.join(&name);
                    renames.rename(&output.join(&path), &aside.join(&path))?;
                }
            }
        }
    }
    fs::create_dir_all(output)?;
    for file in files {
        renames.rename(&staging.join(file), &output.join(file))?;
    }
    Ok(())
}

/// Names in a folder; none if it does not exist.
fn entries(folder: &Path) -> Result<Vec<String>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}

fn remove(path: &Path) -> Result<()> {
    if path.is_dir() {
        fs::remove_dir_all(path)
    } else if path.exists() {
        fs::remove_file(path)
    } else {
        Ok(())
    }
}

/// Removes a job's staging folder, and what holds it if nothing else is in there.
pub(super) fn remove_staging(output: &Path, staging: &Path) {
    let _ = fs::remove_dir_all(staging);
    if let Some(root) = staging.parent()
        && fs::remove_dir(root).is_ok()
        && root.starts_with(output)
    {
        // The output folder itself, if the job has made it and it is still empty, was made by staging only.
        let _ = fs::remove_dir(output);
    }
}
