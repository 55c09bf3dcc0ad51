# A Rust toolchain by exact version, from the binaries that rust-overlay describes.
{ rustBin, pins }:
{
  version,
  targets ? [ ],
}:
if rustBin.stable ? ${version} then
  # `minimal` leaves out the offline documentation, by far the largest component.
  rustBin.stable.${version}.minimal.override {
    extensions = pins.rust.components;
    inherit targets;
  }
else
  throw ''
    Rust ${version} (pins.toml, [rust]) is not among the releases of the locked rust-overlay.
    See which are, and what to do: sprint pins check''
