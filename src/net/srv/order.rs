//! In which order targets are tried (RFC 2782, "Usage rules").

use std::ops::RangeInclusive;

use simple_dns::rdata::SRV;

use super::Target;

/// Lower priorities first; within one, drawn by weight. `random` gives a number of a range.
pub(super) fn in_order(
    records: &[&SRV<'_>],
    mut random: impl FnMut(RangeInclusive<u32>) -> u32,
) -> Vec<Target> {
    let mut waiting: Vec<&SRV<'_>> = records.to_vec();
    // those without weight stand first of their priority: they are drawn by a zero alone
    waiting.sort_by_key(|record| (record.priority, record.weight));
    let mut ordered = Vec::with_capacity(waiting.len());
    while let Some(priority) = waiting.first().map(|record| record.priority) {
        let same = waiting.iter().take_while(|record| record.priority == priority);
        let mut sum = 0_u32;
        let sums: Vec<u32> = same
            .map(|record| {
                sum = sum.saturating_add(record.weight.into());
                sum
            })
            .collect();
        let drawn = random(0..=sum);
        let at = sums.iter().position(|sum| *sum >= drawn).unwrap_or_default();
        let record = waiting.remove(at);
        ordered.push(Target { host: record.target.to_string(), port: record.port });
    }
    ordered
}

#[cfg(test)]
mod tests {
    use simple_dns::Name;

    use super::*;

    fn hosts(
        records: &[(u16, u16, &'static str)],
        random: impl FnMut(RangeInclusive<u32>) -> u32,
    ) -> Vec<String> {
        let records: Vec<_> = records
            .iter()
            .map(|(priority, weight, target)| {
                let target = Name::new(target).unwrap();
                SRV { priority: *priority, weight: *weight, port: 1, target }
            })
            .collect();
        let records: Vec<_> = records.iter().collect();
        in_order(&records, random).into_iter().map(|target| target.host).collect()
    }

    #[test]
    fn lower_priorities_come_first() {
        let records = [(20, 5, "c"), (0, 0, "a"), (10, 9, "b")];
        assert_eq!(hosts(&records, |range| *range.end()), ["a", "b", "c"]);
    }

    #[test]
    fn within_a_priority_the_weight_draws() {
        let records = [(0, 60, "heavy"), (0, 30, "light"), (0, 0, "none")];
        assert_eq!(hosts(&records, |_| 0), ["none", "light", "heavy"]);
        assert_eq!(hosts(&records, |range| *range.end()), ["heavy", "light", "none"]);
        assert_eq!(hosts(&records, |range| 30.min(*range.end())), ["light", "heavy", "none"]);
        let mut first = 0;
        for _ in 0..3000 {
            first += usize::from(hosts(&records, fastrand::u32)[0] == "heavy");
        }
        assert!((1800..2200).contains(&first), "two in three: {first} of 3000");
    }
}
