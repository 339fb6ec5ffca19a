//! Configurations, read.
