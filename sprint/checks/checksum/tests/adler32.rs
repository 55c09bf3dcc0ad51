//! `checksum::adler32(state, data) -> u32`, as zlib.adler32(data, state) in Python.

use checksum::adler32;

/// By its definition: two sums modulo the largest prime below 65,536.
fn by_definition(state: u32, data: &[u8]) -> u32 {
    let (mut low, mut high) = (u64::from(state & 0xffff), u64::from(state >> 16));
    for &byte in data {
        low = (low + u64::from(byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    u32::try_from(high << 16 | low).expect("two sums below 65,536")
}

fn bytes(length: usize, step: u8) -> Vec<u8> {
    let mut byte = 7_u8;
    (0..length)
        .map(|_| {
            byte = byte.wrapping_mul(31).wrapping_add(step);
            byte
        })
        .collect()
}

#[test]
fn known_values() {
    assert_eq!(adler32(1, b""), 1);
    assert_eq!(adler32(1, b"a"), 0x0062_0062);
    assert_eq!(adler32(1, b"Wikipedia"), 0x11e6_0398);
}

#[test]
fn as_defined_for_every_short_length() {
    for length in 0..300 {
        let data = bytes(length, 11);
        assert_eq!(adler32(1, &data), by_definition(1, &data), "{length}");
    }
}

#[test]
fn the_largest_bytes_do_not_overflow() {
    for length in [5551, 5552, 5553, 100_000, 1_000_000] {
        let data = vec![0xff; length];
        assert_eq!(adler32(1, &data), by_definition(1, &data), "{length}");
        let start = 65_520 << 16 | 65_520;
        assert_eq!(adler32(start, &data), by_definition(start, &data), "{length}");
    }
}

#[test]
fn a_part_at_a_time_gives_the_same() {
    let data = bytes(20_000, 3);
    let whole = adler32(1, &data);
    for size in [1, 2, 3, 7, 1000, 5552, 5553] {
        let parts = data.chunks(size).fold(1, adler32);
        assert_eq!(parts, whole, "{size}");
    }
}
