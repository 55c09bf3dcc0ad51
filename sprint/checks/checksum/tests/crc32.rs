//! `checksum::crc32(state, data) -> u32`, as zlib.crc32(data, state) in Python.

use checksum::crc32;

/// By its definition: a division of polynomials, a bit at a time.
fn by_definition(state: u32, data: &[u8]) -> u32 {
    let mut rest = !state;
    for &byte in data {
        rest ^= u32::from(byte);
        for _ in 0..8 {
            let odd = rest & 1 == 1;
            rest >>= 1;
            if odd {
                rest ^= 0xedb8_8320;
            }
        }
    }
    !rest
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 37 % 251).to_le_bytes()[0]).collect()
}

#[test]
fn known_values() {
    assert_eq!(crc32(0, b""), 0);
    assert_eq!(crc32(0, b"123456789"), 0xcbf4_3926);
    assert_eq!(crc32(0x1234_5678, b""), 0x1234_5678);
}

#[test]
fn as_defined_for_every_byte_and_every_short_length() {
    for byte in 0..=255 {
        assert_eq!(crc32(0, &[byte]), by_definition(0, &[byte]));
    }
    for length in 0..300 {
        let data = bytes(length);
        assert_eq!(crc32(0, &data), by_definition(0, &data), "{length}");
        assert_eq!(crc32(!0, &data), by_definition(!0, &data), "{length}");
    }
}

#[test]
fn a_part_at_a_time_gives_the_same() {
    let data = bytes(20_000);
    let whole = crc32(0, &data);
    for size in [1, 2, 3, 7, 8, 9, 1000] {
        assert_eq!(data.chunks(size).fold(0, crc32), whole, "{size}");
    }
}

#[test]
fn a_megabyte_takes_less_than_a_bit_at_a_time_would() {
    // A table is some ten times as quick as the definition; twice as quick is asked for, in one build.
    let data = bytes(1 << 20);
    let time = |checksum: &dyn Fn() -> u32| {
        let least = (0..5).map(|_| {
            let began = std::time::Instant::now();
            let sum = std::hint::black_box(checksum());
            (began.elapsed(), sum)
        });
        least.min().expect("five times").0
    };
    let (slow, quick) = (time(&|| by_definition(0, &data)), time(&|| crc32(0, &data)));
    assert!(quick * 2 < slow, "{quick:?}, and the definition takes {slow:?}");
}
