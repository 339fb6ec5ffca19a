//! How the bytes get to the broker.

use std::net::SocketAddr;

use clap::builder::NonEmptyStringValueParser;

use super::connect::secret;
use crate::options;
use crate::secret::Secret;

/// What stands between this host and the broker.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Transport")]
pub(super) struct Transport {
    /// The broker in one word: `mqtt://[user[:password]@]host[:port][/topic]`, the same with
    /// `mqtts://`; with `ws://` and `wss://` the path is that of the request; may come many times,
    /// to be tried in turn
    #[arg(short = 'L', long = "url", value_name = "URL", value_parser = secret)]
    #[arg(conflicts_with_all = ["host", "unix"])]
    urls: Vec<Secret>,
    /// The address of this host to connect from
    #[arg(short = 'A', long, value_name = "ADDRESS")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    bind: Option<String>,
    /// The host is a domain: look up its SRV records, and try the hosts and ports that they name
    #[arg(short = 'S', long)]
    srv: bool,
    /// The name server to ask for SRV records
    #[arg(long, value_name = "ADDRESS:PORT", hide = true)]
    srv_resolver: Option<SocketAddr>,
    /// Speak MQTT through WebSocket, at port 80, or 443 with TLS
    #[arg(long)]
    ws: bool,
    /// The path to ask for [default: that of the URL, or /mqtt]
    #[arg(long, value_name = "PATH", value_parser = secret)]
    ws_path: Option<Secret>,
    /// A header for the WebSocket request, like 'Authorization: Bearer x', or @FILE with such lines,
    /// which others cannot see in the list of processes; may come many times
    #[arg(long, value_name = "NAME: VALUE", value_parser = secret)]
    header: Vec<Secret>,
    /// A proxy to connect through: `socks5h://[user[:password]@]host[:port]` (it looks up the broker's
    /// name), `socks5://` (this host does) or `http://`; port 1080; or @FILE whose first line is that
    #[arg(long, value_name = "URL", value_parser = secret)]
    proxy: Option<Secret>,
    /// Send small packets at once: always the case, taken for mosquitto's sake
    #[arg(long)]
    nodelay: bool,
}

impl Transport {
    /// As plain options.
    pub(super) fn into_options(self) -> options::Transport {
        let Self { urls, bind, srv, srv_resolver, proxy, nodelay: _, .. } = self;
        let (websocket, path, headers) = (self.ws, self.ws_path, self.header);
        options::Transport { urls, bind, srv, srv_resolver, proxy, websocket, path, headers }
    }
}
