//! Brokers to test against, deadlines, and a client of either protocol version.

use std::future::Future;
use std::time::Duration;

use mq::broker::{Broker, Limits, Options};

/// How long anything may take that is bound to happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A broker with the default limits, on a free port.
pub(crate) fn broker() -> Broker {
    broker_with(Limits::default())
}

/// A broker with these limits, on a free port.
pub(crate) fn broker_with(limits: Limits) -> Broker {
    Broker::start(options_with(limits)).expect("a broker starts")
}

/// What a broker with these limits is started with.
pub(crate) fn options_with(limits: Limits) -> Options {
    Options { limits, ..Options::default() }
}

/// Runs a test on a thread of its own runtime.
pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(test)
}

/// What is bound to happen.
pub(crate) async fn soon<T>(what: &str, event: impl Future<Output = T>) -> T {
    let result = tokio::time::timeout(PATIENCE, event).await;
    result.unwrap_or_else(|_| panic!("waited {PATIENCE:?} for {what}"))
}

/// The payloads `0`, `1` and so on.
pub(crate) fn numbers(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|number| number.to_string())
}

/// Defines `Peer`, a client of `rumqttc_v4` or `rumqttc_v5`: two crates with one shape.
macro_rules! define_peer {
    ($library:ident) => {
        /// A client whose event loop turns only while a test waits for something.
        pub(crate) struct Peer {
            pub(crate) client: $library::AsyncClient,
            pub(crate) events: $library::EventLoop,
        }

        impl Peer {
            /// Connects; CONNACK comes back too.
            pub(crate) async fn connect(
                options: $library::MqttOptions,
            ) -> (Self, $library::ConnAck) {
                let (client, events) = $library::AsyncClient::builder(options).unbounded().build();
                let mut peer = Self { client, events };
                let connack = peer
                    .until("CONNACK", |packet| match packet {
                        $library::Packet::ConnAck(connack) => Some(connack),
                        _ => None,
                    })
                    .await;
                (peer, connack)
            }

            /// The next packet from the broker.
            pub(crate) async fn packet(
                &mut self,
            ) -> Result<$library::Packet, $library::ConnectionError> {
                loop {
                    if let $library::Event::Incoming(packet) = self.events.poll().await? {
                        return Ok(packet);
                    }
                }
            }

            /// The first packet that is wanted; others are passed over.
            pub(crate) async fn until<T>(
                &mut self,
                what: &str,
                mut wanted: impl FnMut($library::Packet) -> Option<T>,
            ) -> T {
                crate::harness::soon(what, async {
                    loop {
                        let packet = self.packet().await;
                        if let Some(found) = wanted(packet.expect("the connection stands")) {
                            return found;
                        }
                    }
                })
                .await
            }

            /// Subscribes and waits for SUBACK; messages that come first are an error.
            pub(crate) async fn subscribe(&mut self, filter: &str, qos: $library::QoS) {
                self.client.subscribe(filter, qos).await.expect("room for a request");
                self.suback().await;
            }

            /// Waits for SUBACK; messages that come first are an error.
            pub(crate) async fn suback(&mut self) {
                self.until("SUBACK", |packet| match packet {
                    $library::Packet::SubAck(_) => Some(()),
                    $library::Packet::Publish(publish) => panic!("too early: {publish:?}"),
                    _ => None,
                })
                .await;
            }

            /// The next message.
            pub(crate) async fn message(&mut self) -> $library::Publish {
                self.until("a message", |packet| match packet {
                    $library::Packet::Publish(publish) => Some(publish),
                    _ => None,
                })
                .await
            }

            /// The next messages: topic and payload of each.
            pub(crate) async fn messages(&mut self, count: usize) -> Vec<(String, String)> {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                let mut found = Vec::with_capacity(count);
                while found.len() < count {
                    let message = self.message().await;
                    found.push((text(&message.topic), text(&message.payload)));
                }
                found
            }

            /// Publishes, and waits until each message is acknowledged, or sent at QoS 0.
            pub(crate) async fn publish(
                &mut self,
                topic: &str,
                payloads: impl IntoIterator<Item = String>,
                options: $library::PublishOptions,
            ) {
                let mut notices = Vec::new();
                for payload in payloads {
                    let payload = payload.into_bytes();
                    let notice = self.client.publish_tracked(topic, payload, options.clone());
                    notices.push(notice.await.expect("room for a request"));
                }
                let all = async {
                    for notice in notices {
                        notice.wait_completion_async().await.expect("it is taken");
                    }
                };
                crate::harness::soon("acknowledgements", async {
                    tokio::select! {
                        biased;
                        () = all => {}
                        error = self.failure() => panic!("lost while it published: {error}"),
                    }
                })
                .await;
            }

            /// Turns the event loop until the connection is lost.
            pub(crate) async fn failure(&mut self) -> $library::ConnectionError {
                loop {
                    if let Err(error) = self.events.poll().await {
                        return error;
                    }
                }
            }

            /// Says DISCONNECT and closes.
            pub(crate) async fn disconnect(mut self) {
                self.client.disconnect().await.expect("room for a request");
                crate::harness::soon("the end", self.failure()).await;
            }

            /// The link ends without a word.
            pub(crate) fn vanish(self) {
                drop(self);
            }
        }
    };
}
pub(crate) use define_peer;
