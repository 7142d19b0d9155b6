//! Settings, read from the environment and validated together at start.
