//! Under the names `mosquitto_pub`, `mosquitto_sub`, `mosquitto_rr` and `mosquitto`: what a script
//! can see is what mosquitto's programs show, compared with Debian's.

mod broker;
mod debug;
mod ends;
mod option_files;
mod options;
mod seeds;
mod usage;
