//! Sums of so many parts as somebody can read.

use super::{Explained, MOST_PARTS};
use crate::portfolio::{
    fixed::Number,
    tree::{Formula, Node, Unit, Untrue},
};

/// Parts that are always shown, however many sums are shown beside theirs.
const FEWEST_PARTS: usize = 10;

/// A part of a sum: how much it is, and how to explain it, which takes far longer.
pub(super) struct Part<F> {
    pub(super) value: Number,
    pub(super) explained: F,
}

/// How many parts of each of `count` sums are shown that are parts of another one, of which `most` would be.
pub(super) fn within(most: usize, count: usize) -> usize {
    let each = most.checked_div(count).unwrap_or(most);
    each.max(FEWEST_PARTS)
}

/// The sum of all; what is more than `most` is one part, of which nothing is explained.
pub(super) fn sum_of<F: FnOnce() -> Explained>(
    label: impl Into<String>,
    unit: Unit,
    most: usize,
    parts: impl IntoIterator<Item = Result<Part<F>, Untrue>>,
) -> Explained {
    let mut parts = parts.into_iter();
    let mut shown = Vec::new();
    for part in parts.by_ref().take(most) {
        shown.push((part?.explained)()?);
    }
    let (mut count, mut rest) = (0_usize, Number::ZERO);
    for part in parts {
        rest = rest.plus(part?.value)?;
        count += 1;
    }
    if count > 0 {
        shown.push(Node::given(format!("{count} more"), rest, unit));
    }
    Node::made(label, unit, Formula::Sum, shown)
}

/// The same of parts that are explained already.
pub(super) fn sum(label: impl Into<String>, unit: Unit, parts: Vec<Node>) -> Explained {
    let parts = parts.into_iter().map(|node| {
        let (value, explained) = (node.value, || Ok(node));
        Ok(Part { value, explained })
    });
    sum_of(label, unit, MOST_PARTS, parts)
}
