//! The end of standard input as a sign that who started this process is gone.

use std::io::{Read as _, stdin};
use std::thread;

use tokio::sync::oneshot;

/// Bytes that are read at once and thrown away.
const READ_SIZE: usize = 4096;

/// Waits until standard input has come to its end. However a process ends, its end of a pipe is
/// closed with it.
pub async fn end_of_input() {
    let (tell, told) = oneshot::channel();
    let reader = thread::Builder::new().name("standard input".to_owned());
    let started = reader.spawn(move || {
        let (mut input, mut buffer) = (stdin().lock(), [0; READ_SIZE]);
        while let Ok(1..) = input.read(&mut buffer) {}
        // Nobody waits any more where the process is about to end.
        let _ = tell.send(());
    });
    if started.is_err() || told.await.is_err() {
        // Without a thread there is nobody to tell it.
        std::future::pending::<()>().await;
    }
}
