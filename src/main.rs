//! Starts and stops.

use std::process::ExitCode;

/// Answers are many small allocations that die young, which it is made for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    outfitter::cli::run()
}
