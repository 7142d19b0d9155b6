//! The `bench-alone` program: the same, for what is measured without a server around it.

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// That of the server. The peers keep the system's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    bench::run()
}
