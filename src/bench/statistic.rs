//! Whether two lists of figures differ by more than chance.

/// Times that figures are drawn anew to see how far their median moves: enough that the ends of
/// an interval of 99 % hold still to a digit.
const DRAWS: usize = 4000;

/// The drawing is the same each time: a comparison of two files has one outcome.
const SEED: u64 = 0x6d71_2062_656e_6368;

/// The middle of figures; of an even number the mean of the middle two. 0 where there are none.
pub(super) fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    middle(&sorted)
}

fn middle(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    let at = |index: usize| sorted.get(index).copied().unwrap_or(0.0);
    if sorted.len().is_multiple_of(2) {
        f64::midpoint(at(half.saturating_sub(1)), at(half))
    } else {
        at(half)
    }
}

/// The mean; 0 where there are none.
pub(super) fn mean(figures: &[f64]) -> f64 {
    if figures.is_empty() { 0.0 } else { figures.iter().sum::<f64>() / size(figures.len()) }
}

/// How likely it is that two lists of the same kind lie at least so far apart, by the test of Mann
/// and Whitney, on both sides: exactly where no two figures are equal, else by the normal
/// distribution.
pub(super) fn mann_whitney(a: &[f64], b: &[f64]) -> f64 {
    let (n, m) = (a.len(), b.len());
    if n == 0 || m == 0 {
        return 1.0;
    }
    // Of all pairs, those where the first is the greater; a tie is half of one.
    let mut above = 0.0;
    let mut has_ties = false;
    for one in a {
        for other in b {
            match one.total_cmp(other) {
                std::cmp::Ordering::Greater => above += 1.0,
                std::cmp::Ordering::Equal => {
                    has_ties = true;
                    above += 0.5;
                }
                std::cmp::Ordering::Less => {}
            }
        }
    }
    let pairs = size(n) * size(m);
    let far = f64::max(above, pairs - above);
    if has_ties || n.saturating_mul(m) > 2_500 {
        by_normal(far, &[a, b].concat(), size(n), size(m))
    } else {
        exact(far, n, m)
    }
}

/// The share of all orders in which the figures of one list stand so high or so low.
fn exact(far: f64, n: usize, m: usize) -> f64 {
    let pairs = n.saturating_mul(m);
    // `orders[i]` is of lists of `i` and `j` figures: how many orders have so many pairs.
    let alone = || {
        let mut row = vec![0.0_f64; pairs.saturating_add(1)];
        row.first_mut().into_iter().for_each(|first| *first = 1.0);
        row
    };
    let mut orders = vec![alone(); n.saturating_add(1)];
    for j in 1..=m {
        let mut next = vec![alone()];
        for fewer in orders.iter().skip(1) {
            // The greatest of all is one of the second list, above nobody; or one of the first,
            // above all `j` of the second.
            let without = next.last().map_or(&[][..], Vec::as_slice);
            let shifted = std::iter::repeat_n(&0.0, j).chain(without);
            next.push(fewer.iter().zip(shifted).map(|(one, other)| one + other).collect());
        }
        orders = next;
    }
    let Some(row) = orders.last() else { return 1.0 };
    let all: f64 = row.iter().sum();
    let beyond: f64 =
        row.iter().enumerate().filter(|(pairs, _)| size(*pairs) >= far).map(|(_, many)| many).sum();
    (2.0 * beyond / all).min(1.0)
}

/// The same by the normal distribution, with a correction for ties and one for whole steps.
fn by_normal(far: f64, all: &[f64], n: f64, m: f64) -> f64 {
    let mut sorted = all.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let many = n + m;
    let ties: f64 = sorted
        .chunk_by(|one, next| one.total_cmp(next).is_eq())
        .map(|equal| size(equal.len()).powi(3) - size(equal.len()))
        .sum();
    let variance = n * m / 12.0 * ((many + 1.0) - ties / (many * (many - 1.0)));
    if variance <= 0.0 {
        return 1.0;
    }
    let deviations = ((far - n * m / 2.0 - 0.5) / variance.sqrt()).max(0.0);
    complement(deviations / std::f64::consts::SQRT_2)
}

/// The complementary error function from 0 on, to seven digits (Abramowitz and Stegun, 7.1.28).
fn complement(x: f64) -> f64 {
    const FACTORS: [f64; 7] = [
        0.000_043_063_8,
        0.000_276_567_2,
        0.000_152_014_3,
        0.009_270_527_2,
        0.042_282_012_3,
        0.070_523_078_4,
        1.0,
    ];
    FACTORS.iter().fold(0.0, |sum, factor| sum * x + factor).powi(16).recip()
}

/// How far the median of `b` is above that of `a`, as a share of the latter: the least and the
/// most of it in `confidence` of the cases when both lists are drawn anew from themselves.
pub(super) fn bootstrap(a: &[f64], b: &[f64], confidence: f64) -> (f64, f64) {
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut scratch = Vec::new();
    let mut draw = |from: &[f64]| {
        scratch.clear();
        let chosen = || from.get(random.usize(..from.len().max(1))).copied().unwrap_or(0.0);
        scratch.extend(std::iter::repeat_with(chosen).take(from.len()));
        scratch.sort_unstable_by(f64::total_cmp);
        middle(&scratch)
    };
    let mut changes: Vec<f64> = (0..DRAWS).map(|_| change(draw(a), draw(b))).collect();
    changes.sort_unstable_by(f64::total_cmp);
    let outside = (1.0 - confidence) / 2.0;
    let at = |share: f64| {
        let index = whole(size(changes.len().saturating_sub(1)) * share);
        changes.get(index).copied().unwrap_or(0.0)
    };
    (at(outside), at(1.0 - outside))
}

/// How far `b` is above `a`, as a share of `a`; what was nothing has no share.
pub(super) fn change(a: f64, b: f64) -> f64 {
    if a == 0.0 { 0.0 } else { (b - a) / a }
}

/// How far figures in the order of their time drifted: the span of the medians of their thirds.
pub(super) fn drift(figures: &[f64]) -> f64 {
    let third = figures.len().div_ceil(3).max(1);
    let medians: Vec<f64> = figures.chunks(third).map(median).collect();
    let least = medians.iter().copied().fold(f64::INFINITY, f64::min);
    let most = medians.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if medians.is_empty() { 0.0 } else { most - least }
}

#[expect(clippy::cast_precision_loss, reason = "lists are short")]
const fn size(count: usize) -> f64 {
    count as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index in a list")]
fn whole(number: f64) -> usize {
    number.round() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, wanted: f64) {
        assert!((found - wanted).abs() < 1e-4, "{found} is not {wanted}");
    }

    #[test]
    fn the_test_of_mann_and_whitney_gives_its_known_probabilities() {
        // Two lists that do not overlap: 2 of the 252 orders of five and five.
        let (low, high) = ([1.0, 2.0, 3.0, 4.0, 5.0], [6.0, 7.0, 8.0, 9.0, 10.0]);
        near(mann_whitney(&low, &high), 2.0 / 252.0);
        near(mann_whitney(&high, &low), 2.0 / 252.0);
        near(mann_whitney(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]), 0.1);
        // U = 3 of 20: tables have 0.1111 for both sides.
        near(mann_whitney(&[1.0, 2.0, 3.0, 8.0], &[4.0, 5.0, 6.0, 7.0, 9.0]), 0.1905);
        near(mann_whitney(&[1.0, 3.0], &[2.0, 4.0]), 2.0 / 3.0);
        near(mann_whitney(&[1.0; 9], &[1.0; 9]), 1.0);
        near(mann_whitney(&[], &low), 1.0);
        // By the normal distribution, as the exact one has it.
        let many = |from: u32| (0..30).map(|at| f64::from(from + 2 * at)).collect::<Vec<_>>();
        let (tied, exact) = (mann_whitney(&many(0), &many(8)), mann_whitney(&many(0), &many(7)));
        assert!((0.03..0.3).contains(&tied) && (0.03..0.3).contains(&exact), "{tied} {exact}");
        assert!((tied - exact).abs() < 0.06, "{tied} {exact}");
    }

    #[test]
    fn chance_is_seldom_taken_for_a_difference() {
        let mut random = fastrand::Rng::with_seed(5);
        let mut list = || (0..8).map(|_| random.f64()).collect::<Vec<_>>();
        let alarms = (0..2000).filter(|_| mann_whitney(&list(), &list()) < 0.05).count();
        assert!((40..=130).contains(&alarms), "{alarms} of 2000");
    }

    #[test]
    fn the_interval_holds_the_true_change() {
        let mut random = fastrand::Rng::with_seed(9);
        let mut list =
            |middle: f64| (0..40).map(|_| middle + random.f64() - 0.5).collect::<Vec<_>>();
        let (a, b) = (list(10.0), list(11.0));
        let (low, high) = bootstrap(&a, &b, 0.95);
        assert!(low < 0.1 && 0.1 < high && low > 0.05 && high < 0.15, "{low} {high}");
        assert_eq!(bootstrap(&a, &b, 0.95), (low, high), "one outcome");
        let (low, high) = bootstrap(&[], &[1.0], 0.95);
        assert_eq!((low, high), (0.0, 0.0));
    }

    #[test]
    fn medians_and_drifts() {
        near(median(&[]), 0.0);
        near(median(&[3.0]), 3.0);
        near(median(&[3.0, 1.0]), 2.0);
        near(mean(&[1.0, 3.0]), 2.0);
        near(drift(&[1.0, 1.0, 5.0, 5.0, 2.0, 2.0]), 4.0);
        near(drift(&[]), 0.0);
        near(complement(1.0), 0.157_299);
        near(complement(0.0), 1.0);
    }
}
