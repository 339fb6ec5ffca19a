//! The subscription tree: from a topic name to everything stored under filters that match it.

use std::collections::HashMap;

use slab::Slab;

/// Values under filters. A filter's value exists from [`Tree::entry`] until [`Tree::remove`].
///
/// One node a level, in one slab; no walk recurses, so depth costs memory and time but no stack.
#[derive(Debug)]
pub struct Tree<T> {
    nodes: Slab<Node<T>>,
    root: usize,
}

#[derive(Debug)]
struct Node<T> {
    parent: usize,
    /// The name under which the parent knows this node.
    level: Box<str>,
    children: HashMap<Box<str>, usize>,
    /// The child for `+`.
    plus: Option<usize>,
    /// The value of the filter that ends here.
    value: Option<T>,
    /// The value of the filter that goes on with `#` from here.
    multi: Option<T>,
}

impl<T> Node<T> {
    fn new(parent: usize, level: &str) -> Self {
        let level = level.into();
        Self { parent, level, children: HashMap::new(), plus: None, value: None, multi: None }
    }

    fn is_vacant(&self) -> bool {
        self.children.is_empty()
            && self.plus.is_none()
            && self.value.is_none()
            && self.multi.is_none()
    }
}

impl<T> Default for Tree<T> {
    fn default() -> Self {
        let mut nodes = Slab::new();
        let root = nodes.insert(Node::new(0, ""));
        Self { nodes, root }
    }
}

#[expect(clippy::indexing_slicing, reason = "keys come from the slab itself, never from a peer")]
impl<T: Default> Tree<T> {
    /// The value of a filter, made when it is not there.
    pub fn entry(&mut self, filter: &str) -> &mut T {
        let mut at = self.root;
        for level in filter.split('/') {
            if level == "#" {
                return self.nodes[at].multi.get_or_insert_with(T::default);
            }
            at = self.child_or_insert(at, level);
        }
        self.nodes[at].value.get_or_insert_with(T::default)
    }
}

#[expect(clippy::indexing_slicing, reason = "keys come from the slab itself, never from a peer")]
impl<T> Tree<T> {
    fn child_or_insert(&mut self, at: usize, level: &str) -> usize {
        if let Some(child) = self.child(at, level) {
            return child;
        }
        let child = self.nodes.insert(Node::new(at, level));
        if level == "+" {
            self.nodes[at].plus = Some(child);
        } else {
            self.nodes[at].children.insert(level.into(), child);
        }
        child
    }

    fn child(&self, at: usize, level: &str) -> Option<usize> {
        let node = &self.nodes[at];
        if level == "+" { node.plus } else { node.children.get(level).copied() }
    }

    /// The node of a filter, and whether the filter goes on with `#` from there.
    fn find(&self, filter: &str) -> Option<(usize, bool)> {
        let mut at = self.root;
        for level in filter.split('/') {
            if level == "#" {
                return Some((at, true));
            }
            at = self.child(at, level)?;
        }
        Some((at, false))
    }

    /// The value of exactly this filter.
    pub fn get_mut(&mut self, filter: &str) -> Option<&mut T> {
        let (at, multi) = self.find(filter)?;
        let node = &mut self.nodes[at];
        if multi { node.multi.as_mut() } else { node.value.as_mut() }
    }

    /// Takes the value of a filter out, with the nodes that only it needed.
    pub fn remove(&mut self, filter: &str) -> Option<T> {
        let (mut at, multi) = self.find(filter)?;
        let node = &mut self.nodes[at];
        let value = if multi { node.multi.take() } else { node.value.take() };
        while at != self.root && self.nodes[at].is_vacant() {
            let Node { parent, level, .. } = self.nodes.remove(at);
            at = parent;
            if &*level == "+" {
                self.nodes[at].plus = None;
            } else {
                self.nodes[at].children.remove(&level);
            }
        }
        value
    }

    /// Shows `visit` the value of each filter that matches a topic name.
    pub fn matching<'t>(&'t self, name: &str, mut visit: impl FnMut(&'t T)) {
        // A wildcard at the start does not match `$` names [MQTT-4.7.2-1].
        let reserved = name.starts_with('$');
        let mut here = vec![self.root];
        let mut next = Vec::new();
        for level in name.split('/') {
            for &at in &here {
                let node = &self.nodes[at];
                let wildcards = !(reserved && at == self.root);
                if wildcards {
                    node.multi.iter().for_each(&mut visit);
                    next.extend(node.plus);
                }
                next.extend(node.children.get(level));
            }
            std::mem::swap(&mut here, &mut next);
            next.clear();
            if here.is_empty() {
                return;
            }
        }
        for at in here {
            let node = &self.nodes[at];
            // `a/#` matches `a` as well.
            node.value.iter().chain(&node.multi).for_each(&mut visit);
        }
    }

    /// Nodes in the tree, its root included: what it costs.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topic::{is_filter, is_name, matches};
    use proptest::prelude::*;

    fn found(tree: &Tree<Vec<u32>>, name: &str) -> Vec<u32> {
        let mut all = Vec::new();
        tree.matching(name, |values| all.extend(values));
        all.sort_unstable();
        all
    }

    #[test]
    fn a_tree_is_as_before_when_all_filters_are_removed() {
        let mut tree: Tree<Vec<u32>> = Tree::default();
        for filter in ["a/b/c", "a/+/c", "#", "a/#", "+", "/", "$SYS/#"] {
            tree.entry(filter).push(1);
        }
        assert_eq!(found(&tree, "a/b/c").len(), 4);
        for filter in ["a/b/c", "a/+/c", "#", "a/#", "+", "/", "$SYS/#"] {
            assert_eq!(tree.remove(filter), Some(vec![1]));
        }
        assert_eq!(tree.node_count(), 1);
        assert_eq!(tree.remove("a/b/c"), None);
    }

    #[test]
    fn depth_costs_no_stack() {
        let mut tree: Tree<Vec<u32>> = Tree::default();
        let deep = "/".repeat(65_535);
        tree.entry(&deep).push(1);
        assert_eq!(found(&tree, &deep), [1]);
        tree.remove(&deep);
        assert_eq!(tree.node_count(), 1);
    }

    proptest! {
        /// Few levels and few letters, so that filters and names meet often.
        #[test]
        fn finds_what_the_plain_rule_finds(
            filters in proptest::collection::vec("([ab$+]{0,1}/){0,3}[ab+#]{0,1}", 1..20),
            name in "([ab$]{0,1}/){0,3}[ab]{0,1}",
        ) {
            prop_assume!(is_name(&name));
            let mut tree: Tree<Vec<u32>> = Tree::default();
            let mut want = Vec::new();
            for (at, filter) in (0_u32..).zip(filters.iter().filter(|f| is_filter(f))) {
                tree.entry(filter).push(at);
                if matches(filter, &name) {
                    want.push(at);
                }
            }
            prop_assert_eq!(found(&tree, &name), want);
        }
    }
}
