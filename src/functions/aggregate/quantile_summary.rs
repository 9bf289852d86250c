//! A quantile summary after Greenwald and Khanna: percentiles within a bounded error in bounded memory.
//!
//! Values are buffered, then merged into a sorted list of samples. A sample stands for the values between
//! its predecessor and itself: `gap` of them, with an uncertainty `delta` of its rank. Neighbours are put
//! together as long as the error stays below `2 · error · count`
//! ([paper](https://doi.org/10.1145/375663.375670)).
//!
//! Samples are always values of the data. With fewer values than `1 / (2 · error)` nothing is ever put
//! together, and answers are exact.

/// How many values are buffered before they are merged into the samples.
const BUFFER: usize = 50_000;

/// A value of the data with what is known of its rank.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sample {
    pub(super) value: f64,
    /// How many ranks it lies above its predecessor, at least.
    pub(super) gap: i64,
    /// How many more it may lie above.
    pub(super) delta: i64,
}

/// The summary of one group.
#[derive(Debug, Clone)]
pub(super) struct QuantileSummary {
    /// The relative error allowed.
    error: f64,
    buffer: Vec<f64>,
    samples: Vec<Sample>,
    /// Values that `samples` stand for.
    count: i64,
}

impl QuantileSummary {
    pub(super) fn new(error: f64) -> Self {
        QuantileSummary {
            error,
            buffer: Vec::new(),
            samples: Vec::new(),
            count: 0,
        }
    }

    pub(super) fn add(&mut self, value: f64) {
        self.buffer.push(value);
        if self.buffer.len() >= BUFFER {
            self.absorb();
        }
    }

    /// The samples, all buffered values among them.
    pub(super) fn samples(&self) -> (Vec<Sample>, i64) {
        if self.buffer.is_empty() {
            return (self.samples.clone(), self.count);
        }
        let mut copy = self.clone();
        copy.absorb();
        (copy.samples, copy.count)
    }

    /// Adds the samples of another summary with the same error.
    pub(super) fn merge(&mut self, other: &[Sample], count: i64) {
        if count == 0 {
            return;
        }
        self.absorb();
        if self.count == 0 {
            self.samples = other.to_vec();
            self.count = count;
            return;
        }
        // A sample's rank becomes as uncertain as the next sample of the other side makes it.
        let own_delta = (2.0 * self.error * self.count as f64).floor() as i64;
        let other_delta = (2.0 * self.error * count as f64).floor() as i64;
        let mut merged = Vec::with_capacity(self.samples.len() + other.len());
        let (mut own, mut others) = (self.samples.iter().peekable(), other.iter().peekable());
        loop {
            let take_own = match (own.peek(), others.peek()) {
                (Some(a), Some(b)) => a.value.total_cmp(&b.value).is_lt(),
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (None, None) => break,
            };
            let (from, other_left, uncertainty) = if take_own {
                (own.next(), others.peek().is_some(), other_delta)
            } else {
                (others.next(), own.peek().is_some(), own_delta)
            };
            if let Some(sample) = from {
                let inside = other_left && !merged.is_empty();
                let delta = sample.delta + if inside { uncertainty } else { 0 };
                merged.push(Sample { delta, ..*sample });
            }
        }
        self.samples = merged;
        self.count += count;
        self.compress();
    }

    /// Merges the buffer into the samples.
    fn absorb(&mut self) {
        if self.buffer.is_empty() {
            return;
        }
        let mut values = std::mem::take(&mut self.buffer);
        values.sort_by(f64::total_cmp);
        let mut merged = Vec::with_capacity(self.samples.len() + values.len());
        let mut old = self.samples.iter().peekable();
        let last = values.len() - 1;
        for (index, value) in values.iter().enumerate() {
            while let Some(sample) = old.next_if(|sample| sample.value.total_cmp(value).is_le()) {
                merged.push(*sample);
            }
            self.count += 1;
            let at_end = merged.is_empty() || (index == last && old.peek().is_none());
            let delta = if at_end {
                0
            } else {
                (2.0 * self.error * self.count as f64).floor() as i64
            };
            merged.push(Sample {
                value: *value,
                gap: 1,
                delta,
            });
        }
        merged.extend(old.copied());
        self.samples = merged;
        self.compress();
    }

    /// Puts neighbours together from the top down, as far as the error allows. The smallest and largest
    /// values stay.
    fn compress(&mut self) {
        let threshold = 2.0 * self.error * self.count as f64;
        let Some((mut head, rest)) = self.samples.split_last().map(|(head, rest)| (*head, rest))
        else {
            return;
        };
        let mut kept = Vec::with_capacity(self.samples.len());
        for sample in rest.iter().skip(1).rev() {
            if ((sample.gap + head.gap + head.delta) as f64) < threshold {
                head.gap += sample.gap;
            } else {
                kept.push(head);
                head = *sample;
            }
        }
        kept.push(head);
        if let Some(first) = rest.first() {
            kept.push(*first);
        }
        kept.reverse();
        self.samples = kept;
    }

    pub(super) fn bytes(&self) -> usize {
        self.buffer.capacity() * size_of::<f64>() + self.samples.capacity() * size_of::<Sample>()
    }
}

/// The values at these percentages; None for no data.
pub(super) fn query(
    samples: &[Sample],
    count: i64,
    error: f64,
    percentages: &[f64],
) -> Option<Vec<f64>> {
    let (first, last) = (samples.first()?, samples.last()?);
    let widest = samples.iter().map(|s| s.gap + s.delta).max().unwrap_or(0);
    let tolerance = widest / 2;
    let at = |percentage: &f64| {
        if *percentage <= error {
            return first.value;
        }
        if *percentage >= 1.0 - error {
            return last.value;
        }
        let rank = (percentage * count as f64).ceil() as i64;
        let mut lowest = 0;
        for sample in samples {
            lowest += sample.gap;
            let highest = lowest + sample.delta;
            if highest - tolerance <= rank && rank <= lowest + tolerance {
                return sample.value;
            }
        }
        last.value
    };
    Some(percentages.iter().map(at).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_within_the_error() {
        let error = 0.01;
        let mut whole = QuantileSummary::new(error);
        let mut parts = [QuantileSummary::new(error), QuantileSummary::new(error)];
        let count = 200_000;
        for i in 0..count {
            // A permutation of 0..count.
            let value = (i * 7919 % count) as f64;
            whole.add(value);
            parts[(i % 2) as usize].add(value);
        }
        let (samples, n) = parts[1].samples();
        parts[0].merge(&samples, n);
        for summary in [&whole, &parts[0]] {
            let (samples, n) = summary.samples();
            assert_eq!(n, count);
            assert!(samples.len() < 2_000, "{} samples", samples.len());
            let answers = query(&samples, n, error, &[0.0, 0.1, 0.5, 0.9, 1.0]).unwrap();
            for (answer, p) in answers.iter().zip([0.0, 0.1, 0.5, 0.9, 1.0]) {
                let off = (answer / count as f64 - p).abs();
                assert!(off <= 2.0 * error, "{p}: {answer}");
            }
        }
    }

    #[test]
    fn few_values_are_exact() {
        let mut summary = QuantileSummary::new(1e-4);
        (0..100).for_each(|i| summary.add(f64::from((i * 37) % 100)));
        let (samples, count) = summary.samples();
        let answers = query(&samples, count, 1e-4, &[0.0, 0.25, 0.5, 0.751, 1.0]);
        assert_eq!(answers, Some(vec![0.0, 24.0, 49.0, 75.0, 99.0]));
    }

    #[test]
    fn answers_are_those_of_spark() {
        let percentages = [0.01, 0.25, 0.5, 0.75, 0.99];
        let cases = [
            (
                100_000,
                1,
                100.0,
                [0.0, 24_445.0, 49_999.0, 74_106.0, 99_999.0],
            ),
            (
                100_000,
                1,
                10_000.0,
                [999.0, 24_997.0, 49_999.0, 74_992.0, 98_989.0],
            ),
            (1_000, 1, 10.0, [0.0, 155.0, 412.0, 658.0, 999.0]),
            (
                100_000,
                7919,
                1_000.0,
                [1_019.0, 25_047.0, 49_966.0, 74_924.0, 98_984.0],
            ),
        ];
        for (count, step, accuracy, expected) in cases {
            let mut summary = QuantileSummary::new(1.0 / accuracy);
            (0..count).for_each(|i: i64| summary.add((i * step % 100_000) as f64));
            let (samples, n) = summary.samples();
            let answers = query(&samples, n, 1.0 / accuracy, &percentages);
            assert_eq!(answers, Some(expected.to_vec()), "{count} {accuracy}");
        }
    }
}
