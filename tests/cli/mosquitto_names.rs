//! Under the names `mosquitto_pub`, `mosquitto_sub` and `mosquitto_rr`: what a script can see is
//! what mosquitto's clients show, compared with Debian's.

mod debug;
mod ends;
mod option_files;
mod options;
mod seeds;
mod usage;
