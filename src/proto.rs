//! The generated contract, as `proto/outfitter/v1` states it. By hand: how bytes are read.

#![expect(missing_docs, clippy::pedantic, reason = "generated code; its comments are those of the .proto files")]

pub mod codec;

tonic::include_proto!("outfitter.v1");

/// The compiled descriptors, for gRPC reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/outfitter.bin"));
