//! Starts and stops.

use std::process::ExitCode;

/// On a bare echo of a gRPC message it saves 15 % of the CPU.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    outfitter::cli::run()
}
