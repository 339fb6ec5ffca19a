//! The broker over sockets: what each statement of the specifications asks of a server.

mod connect;
mod hostile;
mod properties;
mod qos;
mod retained;
mod rows;
mod session;
mod shared;
mod subscribe;
mod will;
