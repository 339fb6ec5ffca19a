//! Topic names and filters, and the tree that finds the filters a name matches.

#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod name;
mod tree;

pub use self::name::{
    SHARED_PREFIX, Shared, has_wildcard, is_filter, is_name, level_count, literal_prefix, matches,
    overlap,
};
pub use self::tree::Tree;
