//! Gates: what is read, what is told, what holds.

use super::metric::Statistic;
use super::*;
use crate::bench::plan::tests::plan;
use crate::codec::Qos;

fn gate(text: &str) -> Result<Gate, String> {
    text.parse().map_err(|error: GateError| error.to_string())
}

#[test]
fn gates_are_read_with_scope_and_unit() {
    let parts = |text| {
        let Gate { metric, comparison, limit, is_share, .. } = gate(text).unwrap();
        (metric, comparison, limit, is_share)
    };
    let p = Statistic::Percentile;
    for (text, scope, statistic, comparison, limit) in [
        ("p99 > 20ms", Scope::EndToEnd, p(99.0), Comparison::More, 2e7),
        ("p99.9>=1.5s", Scope::EndToEnd, p(99.9), Comparison::AtLeast, 1.5e9),
        ("ack.p99.99 > 5 us", Scope::Ack, p(99.99), Comparison::More, 5e3),
        ("connect.max<=7ns", Scope::Connect, p(100.0), Comparison::AtMost, 7.0),
        ("subscribe.mean == 0", Scope::Subscribe, Statistic::Mean, Comparison::Equal, 0.0),
        ("e2e.min < 3\u{b5}s", Scope::EndToEnd, p(0.0), Comparison::Less, 3e3),
    ] {
        let of = if text.starts_with('p') { Of::Run } else { Of::Scope(scope) };
        let wanted = (Metric { of, what: What::Time(statistic) }, comparison, limit, false);
        assert_eq!(parts(text), wanted, "{text}");
    }
    for (text, figure, limit, is_share) in [
        ("lost > 0", Figure::Lost, 0.0, false),
        ("e2e.lost > 0.1%", Figure::Lost, 0.1, true),
        ("duplicate>3", Figure::Duplicate, 3.0, false),
        ("reordered > 3", Figure::Reordered, 3.0, false),
        ("corrupt > 3", Figure::Corrupt, 3.0, false),
        ("errors > 1 %", Figure::Errors, 1.0, true),
        ("rate > 950/s", Figure::Rate, 950.0, false),
        ("resumed > 5%", Figure::Resumed, 5.0, true),
        ("elapsed > 5s", Figure::Elapsed, 5e9, false),
    ] {
        let of = if text.starts_with("e2e") { Of::Scope(Scope::EndToEnd) } else { Of::Run };
        let metric = Metric { of, what: What::Figure(figure) };
        let wanted = (metric, Comparison::More, limit, is_share);
        assert_eq!(parts(text), wanted, "{text}");
    }
    assert_eq!(gate(" rate  != 95% ").unwrap().to_string(), "rate  != 95%");
}

#[test]
fn errors_name_the_part() {
    for (text, part) in [
        ("", "no comparison"),
        ("p99", "no comparison"),
        ("p99 ! 3ms", "no comparison"),
        ("p99 = 3ms", "write =="),
        ("> 3ms", "\"\" is no metric"),
        ("p98 > 3ms", "\"p98\" is no metric"),
        ("e2e.p98 > 3ms", "\"e2e.p98\" is no metric"),
        ("puback.p99 > 3ms", "\"puback\" is no scope"),
        ("ack.lost > 0", "leave out \"ack.\""),
        ("p99 > ", "\"\" is no value"),
        ("p99 > -1ms", "\"-1ms\" is no value"),
        ("p99 > 1.2.3ms", "\"1.2.3ms\" is no value"),
        ("p99 > 20", "20 has no unit"),
        ("p99 > 20%", "\"%\" is no unit of p99"),
        ("p99 > 20 min", "\"min\" is no unit of p99"),
        ("lost > 20ms", "\"ms\" is no unit of lost"),
        ("rate < 20ms", "\"ms\" is no unit of rate"),
        ("cpu > 50%", "Write own.cpu"),
        ("own.cpu > 50", "\"\" is no unit of own.cpu: %"),
        ("own.p99 > 5ms", "own has no p99"),
        ("tls.lost > 0", "tls has no lost"),
        ("tls.memory > 0", "tls has no memory"),
        ("broker.memory > 5 miles", "KiB, MiB"),
        ("group.a.rate > 5", "group.a has no rate"),
        ("published > 5%", "leave out the %"),
        ("group.p99 > 5ms", "\"group\" is no scope"),
    ] {
        let error = gate(text).unwrap_err();
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn what_a_run_does_not_measure_is_told_before_it() {
    let check = |text: &str, plan: &Plan| {
        gate(text).unwrap().check(plan, false).map_err(|error| error.to_string())
    };
    let publish = plan(Scenario::Publish);
    let error = check("p99 > 1ms", &publish).unwrap_err();
    assert!(error.contains("e2e") && error.contains("use one of connect"), "{error}");
    assert!(check("ack.p99 > 1ms", &publish).is_err());
    assert!(check("lost > 0", &publish).unwrap_err().contains("counts no lost"));
    assert!(check("request.p99 > 1ms", &publish).is_err());
    assert!(check("broker.cpu > 1%", &publish).unwrap_err().contains("--broker-pid"));
    assert!(check("group.a.p99 > 1s", &publish).unwrap_err().contains("no group \"a\""));
    for text in ["tcp.p99 > 1s", "tls.max > 1s", "connack.p50 > 1s", "own.memory > 1GiB"] {
        assert_eq!(check(text, &publish), Ok(()), "{text}");
    }
    assert_eq!(check("late.p99 > 1ms", &publish), Ok(()));
    assert_eq!(check("request.p99 > 1ms", &plan(Scenario::Request)), Ok(()));
    let acked = Plan { qos: Qos::AtLeastOnce, rate: None, ..publish };
    assert_eq!(check("ack.p99 > 1ms", &acked), Ok(()));
    assert!(check("rate < 90%", &acked).unwrap_err().contains("--rate"));
    assert_eq!(check("rate < 90", &acked), Ok(()));
    assert_eq!(check("errors > 0", &plan(Scenario::Connect)), Ok(()));
    assert_eq!(check("lost > 0", &plan(Scenario::FanIn)), Ok(()));
}

#[test]
fn comparisons_compare() {
    for (sign, [less, equal, more]) in [
        ("<", [true, false, false]),
        ("<=", [true, true, false]),
        ("==", [false, true, false]),
        ("!=", [true, false, true]),
        (">=", [false, true, true]),
        (">", [false, false, true]),
    ] {
        let comparison = gate(&format!("lost {sign} 2")).unwrap().comparison;
        let holds = [1.0, 2.0, 3.0].map(|found| comparison.holds(found, 2.0));
        assert_eq!(holds, [less, equal, more], "{sign}");
    }
}
