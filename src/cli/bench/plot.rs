//! Lines in a picture of SVG, whose colours are those of the page around it.

use std::fmt::Write as _;

use super::html::escaped;

/// The picture.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 300.0;

/// What is kept free for the words at the axes.
const LEFT: f64 = 64.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 44.0;

/// Marks of an axis, about: more would touch.
const MARKS: f64 = 6.0;

/// A line, and what it is called.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) name: &'static str,
    pub(super) points: Vec<(f64, f64)>,
}

/// Along an axis, even steps are even differences, or even factors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    Even,
    Factors,
}

/// An axis.
#[derive(Debug)]
pub(super) struct Axis {
    label: String,
    scale: Scale,
    least: f64,
    most: f64,
    marks: Vec<(f64, String)>,
}

impl Axis {
    /// One that has room for these values, from 0 on where steps are even.
    pub(super) fn of(label: &str, scale: Scale, values: impl Iterator<Item = f64>) -> Self {
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.filter(|value| value.is_finite()) {
            (least, most) = (least.min(value), most.max(value));
        }
        if most < least {
            (least, most) = (0.0, 1.0);
        }
        let marks = match scale {
            Scale::Even => {
                least = 0.0;
                most = if most > 0.0 { most } else { 1.0 };
                even_marks(most)
            }
            Scale::Factors => {
                least = least.max(1e-6);
                most = most.max(least * 1.5);
                factor_marks(least, most)
            }
        };
        if let Some((last, _)) = marks.last() {
            most = most.max(*last);
        }
        if let Some((first, _)) = marks.first() {
            least = least.min(*first);
        }
        Self { label: label.to_owned(), scale, least, most, marks }
    }

    /// One with marks of its own.
    pub(super) fn marked(label: &str, most: f64, marks: Vec<(f64, String)>) -> Self {
        Self { label: label.to_owned(), scale: Scale::Even, least: 0.0, most, marks }
    }

    /// Where a value stands: 0 for the beginning of the axis, 1 for its end.
    fn share(&self, value: f64) -> f64 {
        let share = match self.scale {
            Scale::Even => (value - self.least) / (self.most - self.least),
            Scale::Factors => {
                let low = libm::log(self.least);
                (libm::log(value.max(self.least)) - low) / (libm::log(self.most) - low)
            }
        };
        if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// Multiples of 1, 2 or 5 of a power of ten, up to the first that is no less than `most`.
fn even_marks(most: f64) -> Vec<(f64, String)> {
    let rough = most / MARKS;
    let power = libm::pow(10.0, libm::log10(rough).floor());
    let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| factor * power >= rough);
    let step = factor.unwrap_or(10.0) * power;
    let mut marks = vec![(0.0, "0".to_owned())];
    while let Some((last, _)) = marks.last().filter(|(last, _)| *last < most) {
        let next = last + step;
        marks.push((next, short(next)));
    }
    marks
}

/// 1, 2 and 5 of each power of ten, where these are few; else the powers alone.
fn factor_marks(least: f64, most: f64) -> Vec<(f64, String)> {
    let decades = libm::log10(most / least);
    let factors: &[f64] = if decades > 3.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let mut marks = Vec::new();
    let mut power = libm::pow(10.0, libm::log10(least).floor());
    while power <= most * 10.0 {
        for factor in factors {
            let mark = factor * power;
            // The last below the least, and the first above the most, end the axis.
            if mark <= least {
                marks.clear();
            }
            marks.push((mark, short(mark)));
            if mark >= most {
                return marks;
            }
        }
        power *= 10.0;
    }
    marks
}

/// A number for a mark.
fn short(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{}M", rounded(value / 1e6)),
        value if value >= 1e4 => format!("{}k", rounded(value / 1e3)),
        value => rounded(value),
    }
}

fn rounded(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The picture.
pub(super) fn picture(title: &str, x: &Axis, y: &Axis, lines: &[Line]) -> String {
    let across = |value: f64| LEFT + x.share(value) * (WIDTH - LEFT - RIGHT);
    let down = |value: f64| HEIGHT - BOTTOM - y.share(value) * (HEIGHT - TOP - BOTTOM);
    let (left, right, low) = (LEFT, WIDTH - RIGHT, HEIGHT - BOTTOM);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">\n",
        escaped(title)
    );
    // Writing to a string cannot fail.
    for (value, name) in &y.marks {
        let at = down(*value);
        let _ = writeln!(
            svg,
            "<line class=\"grid\" x1=\"{left}\" x2=\"{right}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{name}</text>",
            left - 8.0,
            at + 4.0
        );
    }
    for (value, name) in &x.marks {
        let at = across(*value);
        let _ = writeln!(
            svg,
            "<line class=\"grid\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{TOP}\" y2=\"{low}\"/>\
             <text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{name}</text>",
            low + 18.0
        );
    }
    let _ = writeln!(
        svg,
        "<text class=\"label\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\
         <text class=\"label\" transform=\"translate(14 {:.1}) rotate(-90)\" \
         text-anchor=\"middle\">{}</text>",
        f64::midpoint(left, right),
        HEIGHT - 6.0,
        escaped(&x.label),
        f64::midpoint(TOP, low),
        escaped(&y.label)
    );
    for (index, line) in lines.iter().enumerate() {
        let points: Vec<_> = line
            .points
            .iter()
            .map(|(at, value)| format!("{:.1},{:.1}", across(*at), down(*value)))
            .collect();
        let _ = writeln!(
            svg,
            "<polyline class=\"s{index}\" points=\"{}\"><title>{}</title></polyline>",
            points.join(" "),
            escaped(line.name)
        );
        // One point alone is no line.
        if let [(at, value)] = line.points.as_slice() {
            let (at, value) = (across(*at), down(*value));
            let _ = writeln!(
                svg,
                "<circle class=\"s{index}\" cx=\"{at:.1}\" cy=\"{value:.1}\" r=\"3\"/>"
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// Which line is which.
pub(super) fn legend(lines: &[Line]) -> String {
    let name = |(index, line): (usize, &Line)| {
        format!("<span class=\"key s{index}\">{}</span>", escaped(line.name))
    };
    lines.iter().enumerate().map(name).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_hold_the_values_and_are_round() {
        let names = |axis: Axis| axis.marks.into_iter().map(|(_, name)| name).collect::<Vec<_>>();
        let even = |most: f64| names(Axis::of("x", Scale::Even, [0.0, most].into_iter()));
        assert_eq!(even(10.0), ["0", "2", "4", "6", "8", "10"]);
        assert_eq!(even(73_000.0).last().unwrap(), "80k");
        assert_eq!(even(0.0), ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        let factors = |least, most| names(Axis::of("x", Scale::Factors, [least, most].into_iter()));
        assert_eq!(factors(0.3, 4.0), ["0.2", "0.5", "1", "2", "5"]);
        assert_eq!(factors(0.03, 400.0), ["0.01", "0.1", "1", "10", "100", "1000"]);
        for (least, most) in [(1e-9, 1e9), (5.0, 5.0), (f64::NAN, 1.0), (2.0, f64::INFINITY)] {
            let axis = Axis::of("x", Scale::Factors, [least, most].into_iter());
            assert!(axis.marks.len() < 30 && axis.most > axis.least, "{axis:?}");
            assert!((0.0..=1.0).contains(&axis.share(3.0)), "{axis:?}");
        }
        let none = Axis::of("x", Scale::Even, std::iter::empty());
        assert_eq!((none.least, none.most), (0.0, 1.0));
    }

    #[test]
    fn a_picture_has_a_line_for_each() {
        let lines = [
            Line { name: "p<50>", points: vec![(0.0, 1.0), (1.0, 2.0)] },
            Line { name: "b", points: vec![(0.5, 2.0)] },
        ];
        let axis = || Axis::of("x & y", Scale::Even, [2.0].into_iter());
        let svg = picture("t", &axis(), &axis(), &lines);
        assert_eq!(svg.matches("<polyline").count(), 2);
        assert_eq!(svg.matches("<circle").count(), 1);
        assert!(svg.contains("p&lt;50&gt;") && svg.contains("x &amp; y"), "{svg}");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        assert_eq!(legend(&lines).matches("<span").count(), 2);
    }
}
