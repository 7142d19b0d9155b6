//! One type for many closures.

use leptos::tachys::reactive_graph::SharedReactiveFunction;
use std::sync::{Arc, Mutex};

/// What a page shows of `read` as it changes: a text, an attribute, a part of the page. Leptos compiles a
/// page's code anew for each type it meets, and each closure is a type of its own; of these there is one
/// for each kind of result. (`view!` does the same with a closure that is written inside it.)
pub(crate) fn shared<T: 'static>(
    read: impl FnMut() -> T + Send + 'static,
) -> SharedReactiveFunction<T> {
    Arc::new(Mutex::new(read))
}
