//! Mathematical functions.
//!
//! | file | |
//! |---|---|
//! | `elementary` | roots, logarithms, trigonometry: DOUBLE to DOUBLE |
//! | `round` | `round`, `bround`, `ceil`, `floor` |
//! | `base` | `bin`, `hex`, `unhex`, `conv` |
//! | `extremes` | `greatest`, `least` |
//! | `random` | `rand`, `randn`, `uniform` |
//! | `misc` | `factorial`, `sign`, `width_bucket` |

pub(super) mod base;
pub(super) mod elementary;
pub(super) mod extremes;
pub(super) mod misc;
pub(super) mod random;
pub(super) mod round;
