#!/bin/sh
# pack.sh TARGET DIRECTORY: compiles `sprint` for a release and packs it: the archive that bootstrap and cargo-binstall
# know by name, and the lines that pins.toml wants of it. The same sources give the same archive.
set -eu

[ $# -eq 2 ] || { echo 'usage: scripts/release/pack.sh TARGET DIRECTORY' >&2; exit 2; }
target=$1
root=$(cd "$(dirname "$0")/../.." && pwd -P)
mkdir -p "$2"
to=$(cd "$2" && pwd -P)
cd "$root"

version=$(sed -n '/^\[workspace.package\]/,/^$/s/^version = "\(.*\)"$/\1/p' Cargo.toml)
tag=${GITHUB_REF_NAME:-v$version}
[ "$tag" = "v$version" ] || { echo "the tag is $tag, and Cargo.toml says $version" >&2; exit 2; }
digest=$(scripts/sprint --kit-digest)
# No path of this machine in the binary.
export RUSTFLAGS="--remap-path-prefix=$root=/sprint-kit --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
cargo build --quiet --locked --release -p sprint --target "$target" --target-dir "$root/target/pack"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cp "$root/target/pack/$target/release/sprint" "$work/sprint"
strip "$work/sprint"
chmod 755 "$work/sprint"
printf '%s\n' "$digest" >"$work/kit-digest"
name=sprint-v$version-$target
# What is in it, not when and by whom; bsdtar (macOS) spells the same differently.
TZ=UTC touch -t 200001010000 "$work/sprint" "$work/kit-digest"
if tar --version | grep -q 'GNU tar'; then
  set -- --owner=0 --group=0 --numeric-owner --format=ustar
else
  set -- --uid 0 --gid 0 --format ustar
fi
tar -C "$work" "$@" -cf - kit-digest sprint | gzip -n -9 >"$to/$name.tar.gz"
if command -v sha256sum >/dev/null 2>&1; then sum=sha256sum; else sum='shasum -a 256'; fi
sha256=$($sum "$to/$name.tar.gz" | cut -d ' ' -f 1)
cat >"$to/$name.toml" <<TOML
# kit_digest = "$digest"
[[tools.sprint.artifact]]
platform = "$target"
sha256 = "$sha256"
source = "the release's own build, attested"
TOML
cat "$to/$name.toml"
