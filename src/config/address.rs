//! Where to listen: a host, by number or by name, and a port.

use std::{
    fmt, io,
    net::{SocketAddr, ToSocketAddrs as _},
    str::FromStr,
};

/// A host and a port, as they were written. What a name stands for is looked up when it is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
}

/// No host, no port, or none that can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAnAddress;

impl Address {
    /// The port; zero is any that is free.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The addresses that the host has, IPv4 before IPv6: who dials "127.0.0.1" means "localhost". Never empty. Blocks.
    ///
    /// # Errors
    /// Where nobody knows the name.
    pub fn resolve(&self) -> io::Result<Vec<SocketAddr>> {
        let mut found: Vec<SocketAddr> = (self.host.as_str(), self.port).to_socket_addrs()?.collect();
        found.sort_by_key(SocketAddr::is_ipv6);
        found.dedup();
        if found.is_empty() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address"));
        }
        Ok(found)
    }
}

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let (host, port) = text.rsplit_once(':').ok_or(NotAnAddress)?;
        let port = port.parse().map_err(|_| NotAnAddress)?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let host = bare.unwrap_or(host);
        let is_name = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c));
        let is_ipv6 = bare.is_some() && host.parse::<std::net::Ipv6Addr>().is_ok();
        if is_ipv6 || (bare.is_none() && is_name) {
            return Ok(Self { host: host.to_owned(), port });
        }
        Err(NotAnAddress)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_numbers_or_names_and_ports_are_there() {
        for good in
            ["127.0.0.1:7411", "[::1]:0", "localhost:7411", "outfitter.shop.svc.cluster.local:1", "0.0.0.0:65535"]
        {
            assert_eq!(good.parse::<Address>().unwrap().to_string(), good);
        }
        for bad in ["", "localhost", ":7411", "::1:7411", "localhost:", "localhost:http", "a b:1", "h:65536", "[x]:1"] {
            assert_eq!(bad.parse::<Address>(), Err(NotAnAddress), "{bad}");
        }
    }

    #[test]
    fn a_name_resolves_with_ipv4_first() {
        let found = "localhost:7411".parse::<Address>().unwrap().resolve().unwrap();
        assert_eq!(found[0], SocketAddr::from(([127, 0, 0, 1], 7411)));
        assert!("no-such-host.invalid:1".parse::<Address>().unwrap().resolve().is_err());
    }
}
