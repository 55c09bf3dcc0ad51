//! What guests call this machine.

use std::net::{IpAddr, UdpSocket};

use sprint::error::{Error, Result};

/// The address that this machine would use towards the rest of the LAN. Sends nothing: connecting a UDP socket only
/// looks into the routing table (the far address is one that is reserved for documentation).
pub(crate) fn of_lan() -> Result<IpAddr> {
    let found = UdpSocket::bind("0.0.0.0:0")
        .and_then(|socket| {
            socket
                .connect("192.0.2.1:9")
                .and_then(|()| socket.local_addr())
        })
        .map(|address| address.ip());
    match found {
        Ok(address) if !address.is_unspecified() => Ok(address),
        _ => Err(Error::setup(
            "no-address",
            "this machine has no route to a LAN, so its address there is not known",
        )
        .next("just room up --address ADDRESS   (ip -4 address shows them)")),
    }
}
