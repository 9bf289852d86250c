//! Dealing out work to partitions.

/// Runs of `items` of about equal weight, at most `wanted`, in order.
pub fn deal<T>(items: Vec<T>, weights: &[u64], wanted: usize) -> Vec<Vec<T>> {
    let weight = |index: usize| u128::from(weights[index].max(1));
    let total: u128 = (0..items.len()).map(weight).sum();
    let wanted = wanted.clamp(1, items.len().max(1));
    let mut runs: Vec<Vec<T>> = Vec::with_capacity(wanted);
    let mut before = 0;
    let mut current = usize::MAX;
    for (index, item) in items.into_iter().enumerate() {
        // The run in which the middle of the item falls; a heavy item may leave runs empty, which are left out.
        let middle = before + weight(index) / 2;
        let run = (middle * wanted as u128 / total.max(1)) as usize;
        before += weight(index);
        match runs.last_mut() {
            Some(last) if run == current => last.push(item),
            _ => runs.push(vec![item]),
        }
        current = run;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::deal;

    #[test]
    fn runs_are_balanced_and_in_order() {
        let items: Vec<usize> = (0..10).collect();
        let runs = deal(items.clone(), &[1; 10], 3);
        assert_eq!(runs, [vec![0, 1, 2, 3], vec![4, 5, 6], vec![7, 8, 9]]);
        assert_eq!(deal(items.clone(), &[1; 10], 100).len(), 10);
        let runs = deal(items, &[100, 1, 1, 1, 1, 1, 1, 1, 1, 1], 2);
        assert_eq!(runs.len(), 2);
        assert_eq!(runs[0], [0]);
        assert!(deal(Vec::<u8>::new(), &[], 4).is_empty());
    }
}
