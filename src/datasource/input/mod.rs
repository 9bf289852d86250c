//! What the readers of text formats share: windows on files, ranges of files, lines.

mod lines;
mod malformed;
mod range;
mod window;

pub(crate) use lines::{find_lines, line_boundary};
pub(crate) use malformed::malformed_record;
pub(crate) use range::{FileRange, RangeSource, cut_files};
pub(crate) use window::Window;
