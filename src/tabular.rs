//! Files as others write them: bytes of any encoding, plain or packed, become UTF-8 ([`input`]), and that becomes rows of fields
//! with their lines ([`records`]). What a column means is the matter of whoever reads it.

pub mod input;
pub mod records;
