//! The broker over sockets: what each statement of the specifications asks of a server.

mod connect;
mod hostile;
mod qos;
mod retained;
mod rows;
mod session;
mod subscribe;
mod will;
