//! The `cryptovault` program.

use mimalloc::MiMalloc;
use std::{
    io::{self, Write},
    process::ExitCode,
};
use tokio::runtime::Builder;

/// Rendering a page makes tens of thousands of small allocations: nearly half of its time went into
/// the system's allocator.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let runtime = match Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            // Standard error may be closed; there is nobody to tell then.
            let _ = writeln!(io::stderr(), "cryptovault: can't start threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(server::cli::main());
    // Whoever hangs in a system call (a name to resolve, a file on a lost disk) was given its time;
    // dropping the runtime would wait for it without end.
    runtime.shutdown_background();
    code
}
