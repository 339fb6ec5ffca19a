//! `--subscribe 'qos=1,no-local,rap,rh=2 FILTER'`.

use super::subscribe::retain_handling;
use crate::codec::{Qos, RetainHandling};
use crate::options::Subscription;

/// Options with commas between them, a space, and the rest is the filter.
pub(super) fn subscription(text: &str) -> Result<Subscription, String> {
    let Some((options, filter)) = text.split_once(' ') else {
        return Err("there is no space between the options and the filter".to_owned());
    };
    let mut asked = Subscription { filter: filter.to_owned(), ..Subscription::default() };
    for option in options.split(',') {
        add(&mut asked, option)?;
    }
    Ok(asked)
}

/// One option more.
fn add(asked: &mut Subscription, option: &str) -> Result<(), String> {
    let (name, value) = match option.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (option, None),
    };
    let is_first = match (name, value) {
        ("qos", Some(value)) => asked.qos.replace(qos(value)?).is_none(),
        ("rh", Some(value)) => asked.retain_handling.replace(handling(value)?).is_none(),
        ("no-local", None) => !std::mem::replace(&mut asked.no_local, true),
        ("rap", None) => !std::mem::replace(&mut asked.retain_as_published, true),
        ("qos" | "rh", None) => return Err(format!("{name} has no value: write {name}=1")),
        ("no-local" | "rap", Some(_)) => return Err(format!("{name} takes no value")),
        _ => return Err(format!("there is no {name:?}, but qos=, no-local, rap and rh=")),
    };
    if is_first { Ok(()) } else { Err(format!("{name} stands there twice")) }
}

fn qos(value: &str) -> Result<Qos, String> {
    super::connect::qos(value).map_err(|why| format!("qos is {value:?}, {why}"))
}

/// As in the packet, or in a word.
fn handling(value: &str) -> Result<RetainHandling, String> {
    retain_handling(match value {
        "0" => "always",
        "1" => "new",
        "2" => "never",
        word => word,
    })
    .map_err(|_| format!("rh is {value:?}, not 0 (always), 1 (new) or 2 (never)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_come_before_the_first_space_and_the_filter_behind_it() {
        let asked = subscription("qos=1,no-local,rap,rh=2 a b/#").unwrap();
        let want = Subscription {
            filter: "a b/#".to_owned(),
            qos: Some(Qos::AtLeastOnce),
            no_local: true,
            retain_as_published: true,
            retain_handling: Some(RetainHandling::Never),
        };
        assert_eq!(asked, want);
        let asked = subscription("rh=new  a").unwrap();
        assert_eq!((asked.filter.as_str(), asked.qos), (" a", None));
        assert_eq!(asked.retain_handling, Some(RetainHandling::SendIfNew));
        assert!(asked.needs_v5() && !subscription("qos=0 a").unwrap().needs_v5());
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, wrong) in [
            ("a/b", "no space"),
            ("qos=3 a", "qos is \"3\", not 0, 1 or 2"),
            ("qos a", "qos has no value"),
            ("rap=1 a", "rap takes no value"),
            ("rh=3 a", "rh is \"3\""),
            ("qos=1,nolocal a", "there is no \"nolocal\""),
            ("qos=1,qos=1 a", "qos stands there twice"),
            ("rap,rap a", "rap stands there twice"),
            (" a", "there is no \"\""),
        ] {
            let error = subscription(text).unwrap_err();
            assert!(error.contains(wrong), "{text}: {error}");
        }
    }
}
