//! Measures closures, and prints each beside its limit.

use rustix::time::{ClockId, clock_gettime};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// What a kernel is held against: a loop over the same number of rows.
pub struct Limit<'a> {
    /// What the loop does.
    pub what: &'a str,
    /// The loop.
    pub run: Box<dyn FnMut() + 'a>,
}

impl<'a> Limit<'a> {
    /// A loop that does `what`.
    pub fn new<T>(what: &'a str, mut run: impl FnMut() -> T + 'a) -> Limit<'a> {
        Limit {
            what,
            run: Box::new(move || {
                black_box(run());
            }),
        }
    }
}

/// Chooses, measures and prints.
pub struct Bench {
    words: Vec<String>,
    /// Print names only.
    list: bool,
    family: Option<&'static str>,
}

/// Time spent on each closure, if it runs more than a few times in it.
const BUDGET: Duration = Duration::from_millis(150);
/// Runs of which the best counts, at least.
const RUNS: usize = 3;

impl Bench {
    /// As the process's arguments say.
    pub fn from_arguments() -> Bench {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let words = arguments.iter().filter(|word| !word.starts_with("--"));
        Bench {
            words: words.cloned().collect(),
            list: arguments.iter().any(|argument| argument == "--list"),
            family: None,
        }
    }

    /// Whether a kernel is wanted: ask before its data are made.
    pub fn wants(&self, family: &str, name: &str) -> bool {
        let full = format!("{family}: {name}");
        if self.list {
            println!("{full}");
            return false;
        }
        self.words.is_empty() || self.words.iter().any(|word| full.contains(word.as_str()))
    }

    /// The cases that are wanted, by their names.
    pub fn wanted<'a, C>(
        &self,
        family: &str,
        cases: &'a [C],
        name: impl Fn(&C) -> &str,
    ) -> Vec<&'a C> {
        let wanted = cases.iter().filter(|case| self.wants(family, name(case)));
        wanted.collect()
    }

    /// Measures a kernel over `rows` rows against its limit, and prints a line.
    pub fn measure<T>(
        &mut self,
        family: &'static str,
        name: &str,
        rows: usize,
        limit: Limit<'_>,
        kernel: impl FnMut() -> T,
    ) {
        let taken = best(kernel);
        self.line(family, name, rows, limit, taken);
    }

    /// The same for what a kernel takes above `base`, a part of it that is not meant.
    pub fn measure_above<T, B>(
        &mut self,
        family: &'static str,
        name: &str,
        rows: usize,
        limit: Limit<'_>,
        base: impl FnMut() -> B,
        kernel: impl FnMut() -> T,
    ) {
        let taken = best(kernel).saturating_sub(best(base));
        self.line(family, name, rows, limit, taken);
    }

    fn line(
        &mut self,
        family: &'static str,
        name: &str,
        rows: usize,
        mut limit: Limit<'_>,
        taken: Duration,
    ) {
        if self.family != Some(family) {
            self.family = Some(family);
            println!(
                "\n{family:<44} {:>9} {:>9} {:>7}  limit",
                "ns/row", "limit", "ratio"
            );
        }
        let floor = best(&mut limit.run);
        let per_row = |time: Duration| time.as_secs_f64() * 1e9 / rows as f64;
        println!(
            "{name:<44} {:>9.3} {:>9.3} {:>6.1}x  {}",
            per_row(taken),
            per_row(floor),
            taken.as_secs_f64() / floor.as_secs_f64(),
            limit.what
        );
    }
}

/// The shortest of several runs.
fn best<T>(mut run: impl FnMut() -> T) -> Duration {
    let started = Instant::now();
    let mut best = Duration::MAX;
    let mut runs = 0;
    while runs < RUNS || started.elapsed() < BUDGET {
        let before = processor_time();
        black_box(run());
        let taken = processor_time().saturating_sub(before);
        // The clock of a virtual machine stands still now and then.
        if !taken.is_zero() {
            best = best.min(taken);
        }
        runs += 1;
    }
    best
}

/// What the process has used so far; a query runs on a thread of its own.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
