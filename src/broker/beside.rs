//! What goes on beside the connections: logins are checked on a thread of their own, and who watches
//! the broker is shown its metrics.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::mpsc::Sender;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::logins::{Check, Verdict, perform_all};
use super::serve::Shell;
use crate::net::{Listener, Page, clock, serve_page};

/// The thread that checks logins; there is none until there is one to check.
#[derive(Debug)]
pub(super) struct Checker {
    checks: RefCell<Option<Sender<Check>>>,
    verdicts: UnboundedSender<Verdict>,
}

impl Checker {
    /// With where it tells what came of them.
    pub(super) fn new() -> (Self, UnboundedReceiver<Verdict>) {
        let (verdicts, checked) = unbounded_channel();
        (Self { checks: RefCell::new(None), verdicts }, checked)
    }

    /// Has a login checked.
    pub(super) fn check(&self, check: Check) {
        let mut checks = self.checks.borrow_mut();
        let sender = checks.get_or_insert_with(|| {
            let (sender, checks) = std::sync::mpsc::channel();
            let verdicts = self.verdicts.clone();
            let tell = move |verdict| verdicts.send(verdict).is_ok();
            let work = move || perform_all(&checks, Check::perform, tell);
            // Without a thread nobody is let in who has to be checked; the next one tries again.
            let _ = std::thread::Builder::new().name("mq-logins".into()).spawn(work);
            sender
        });
        if let Err(unsent) = sender.send(check) {
            *checks = None;
            // Nobody hears it when the broker ends.
            let _ = self.verdicts.send(unsent.0.give_up());
        }
    }
}

/// Lets those go on whose login was checked.
pub(super) async fn take_verdicts(shell: Rc<Shell>, mut verdicts: UnboundedReceiver<Verdict>) {
    while let Some(verdict) = verdicts.recv().await {
        shell.router.borrow_mut().take_verdict(&verdict);
        shell.rouse();
    }
}

/// Shows the metrics to whoever asks, for ever.
pub(super) async fn show_metrics(shell: Rc<Shell>, listener: Listener) {
    let page = async || shell.router.borrow().metrics(clock::now());
    serve_page(&listener, Page::METRICS, page).await;
}
