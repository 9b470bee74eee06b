//! Compiles the contract without protoc: protox parses it, prost and tonic write the code.

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message as _;

const PROTOS: [&str; 7] = [
    "outfitter/v1/catalog.proto",
    "outfitter/v1/event.proto",
    "outfitter/v1/merchandising.proto",
    "outfitter/v1/model.proto",
    "outfitter/v1/opener.proto",
    "outfitter/v1/profile.proto",
    "outfitter/v1/recommendation.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let files = protox::compile(PROTOS, ["proto"])?;
    // Reflection hands this very set to foreign clients.
    let set = PathBuf::from(env::var("OUT_DIR")?).join("outfitter.bin");
    fs::write(set, files.encode_to_vec())?;
    tonic_prost_build::configure().codec_path("crate::proto::codec::Codec").compile_fds(files)?;
    Ok(())
}
