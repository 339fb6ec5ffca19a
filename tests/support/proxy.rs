//! A link that breaks: passes bytes on to a broker and cuts the connection when told so many.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Connections through here are cut, one after the other, until all cuts are made.
pub(crate) struct Proxy {
    pub(crate) port: String,
    /// Bytes after which each connection is cut, the last one first.
    cuts: Arc<Mutex<Vec<usize>>>,
}

impl Proxy {
    /// In front of the broker at this port of 127.0.0.1.
    pub(crate) fn new(broker: &str, cuts: Vec<usize>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let cuts = Arc::new(Mutex::new(cuts));
        let (broker, shared) = (format!("127.0.0.1:{broker}"), Arc::clone(&cuts));
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let budget = shared.lock().unwrap().pop().unwrap_or(usize::MAX);
                let (client, server) = (client.unwrap(), TcpStream::connect(&broker).unwrap());
                for stream in [&client, &server] {
                    stream.set_nodelay(true).unwrap();
                }
                let left = Arc::new(AtomicUsize::new(budget));
                pass(&client, &server, Arc::clone(&left));
                pass(&server, &client, left);
            }
        });
        Self { port, cuts }
    }

    /// Cuts that were not made.
    pub(crate) fn left(&self) -> usize {
        self.cuts.lock().unwrap().len()
    }
}

/// Passes bytes one way until the budget of both ways is used up.
fn pass(from: &TcpStream, to: &TcpStream, left: Arc<AtomicUsize>) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    std::thread::spawn(move || {
        let mut buffer = [0; 1000];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let before = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                Some(left.saturating_sub(count))
            });
            let allowed = before.unwrap().min(count);
            if to.write_all(&buffer[..allowed]).is_err() || allowed < count {
                break;
            }
        }
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    });
}
