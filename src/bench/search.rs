//! The search for the highest rate that holds.

/// How far the lowest rate that failed may be above the highest that held, at the end.
const NEAR: f64 = 1.05;

/// How far below the first rate it is worth going.
const DEEPEST: f64 = 1024.0;

/// No machine sends faster.
const HIGHEST: f64 = 1e8;

/// A search: the rate is doubled until it fails, or halved until it holds, and then what lies
/// between is cut in two until it is small.
#[derive(Debug, Clone, Copy)]
pub struct Search {
    begin: f64,
    held: Option<f64>,
    failed: Option<f64>,
}

impl Search {
    /// Begins with this rate, which is more than 0.
    pub const fn new(begin: f64) -> Self {
        Self { begin, held: None, failed: None }
    }

    /// The rate to try next; none when it is over.
    pub fn next_rate(&self) -> Option<f64> {
        match (self.held, self.failed) {
            (None, None) => Some(self.begin),
            (Some(held), None) => Some(held * 2.0).filter(|rate| *rate <= HIGHEST),
            (None, Some(failed)) => Some(failed / 2.0).filter(|rate| *rate * DEEPEST >= self.begin),
            (Some(held), Some(failed)) => {
                (failed / held > NEAR).then(|| rounded((held * failed).sqrt()))
            }
        }
    }

    /// A rate was tried.
    pub fn tried(&mut self, rate: f64, holds: bool) {
        let bound = if holds { &mut self.held } else { &mut self.failed };
        *bound = Some(rate);
    }

    /// The highest rate that held.
    pub const fn highest(&self) -> Option<f64> {
        self.held
    }
}

/// Rates of many digits say no more.
fn rounded(rate: f64) -> f64 {
    if rate < 100.0 { (rate * 100.0).round() / 100.0 } else { rate.round() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the search comes to where all up to this rate holds, and how many tries it takes.
    fn find(begin: f64, limit: f64) -> (Option<f64>, usize) {
        let (mut search, mut tried) = (Search::new(begin), Vec::new());
        while let Some(rate) = search.next_rate() {
            search.tried(rate, rate <= limit);
            tried.push(rate);
        }
        (search.highest(), tried.len())
    }

    #[test]
    fn the_highest_rate_that_holds_is_found() {
        for (begin, limit) in [(1000.0, 57_000.0), (1000.0, 990.0), (1000.0, 3.1), (5.0, 5.0)] {
            let (found, tries) = find(begin, limit);
            let found = found.unwrap();
            assert!(found <= limit && found * 1.06 > limit, "{found} of {limit}");
            assert!(tries < 25, "{tries}");
        }
        assert_eq!(find(1000.0, 0.5).0, None);
        assert!(find(1000.0, 1e12).0 > Some(5e7));
    }
}
