//! How messages are read: prost's way, but for what a caller is told when the bytes are no such message.
//!
//! The library says INTERNAL, as gRPC's list of codes suggests. Callers' dashboards count INTERNAL as ours and their
//! retries try it again, while bytes that are not UTF-8 stay so: it is an argument that is invalid, and the text of the
//! error names the field. Our own clients read with this too; only tests have any.

use std::marker::PhantomData;

use prost::Message;
use tonic::{
    Status,
    codec::{BufferSettings, DecodeBuf},
};
use tonic_prost::{ProstDecoder, ProstEncoder};

/// Writes `T`, reads `U`.
#[derive(Debug, Clone)]
pub struct Codec<T, U>(PhantomData<(T, U)>);

impl<T, U> Default for Codec<T, U> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T, U> tonic::codec::Codec for Codec<T, U>
where
    T: Message + Send + 'static,
    U: Message + Default + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = ProstEncoder<T>;
    type Decoder = Decoder<U>;

    fn encoder(&mut self) -> Self::Encoder {
        ProstEncoder::default()
    }

    fn decoder(&mut self) -> Self::Decoder {
        Decoder(ProstDecoder::default())
    }
}

/// The library names the fields on the way to the fault from the inside out, each with its message: "ProductText.title:
/// Product.texts: .."; here they are a path from the outermost message on: "Product.texts.title: ..".
fn from_outside(message: &str) -> String {
    let (mut path, mut outermost) = (Vec::new(), "");
    let (head, mut rest) = message.split_once(": ").unwrap_or(("", message));
    while let Some((place, after)) = rest.split_once(": ")
        && let Some((message, field)) = place.split_once('.')
    {
        path.insert(0, field);
        outermost = message;
        rest = after;
    }
    if path.is_empty() { message.to_owned() } else { format!("{head}: {outermost}.{}: {rest}", path.join(".")) }
}

/// Reads `U`.
#[derive(Debug, Clone)]
pub struct Decoder<U>(ProstDecoder<U>);

impl<U: Message + Default> tonic::codec::Decoder for Decoder<U> {
    type Item = U;
    type Error = Status;

    fn decode(&mut self, bytes: &mut DecodeBuf<'_>) -> Result<Option<U>, Status> {
        self.0.decode(bytes).map_err(|status| Status::invalid_argument(from_outside(status.message())))
    }

    fn buffer_settings(&self) -> BufferSettings {
        self.0.buffer_settings()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_can_t_be_read_is_named_from_the_outside() {
        let read = |bytes: &[u8]| {
            let error = crate::proto::UpsertProductRequest::decode(bytes).unwrap_err();
            from_outside(&error.to_string())
        };
        // Product, its texts, their title: one byte that is not UTF-8.
        let title = [0x0a, 5, 0x12, 3, 0x12, 1, 0xff];
        let told = "failed to decode Protobuf message: UpsertProductRequest.product.texts.title: invalid string value";
        assert!(read(&title).starts_with(told), "{}", read(&title));
        // What names no field stays as it is.
        let cut = crate::proto::UpsertProductRequest::decode(&[0xff][..]).unwrap_err().to_string();
        assert_eq!(from_outside(&cut), cut);
    }
}
