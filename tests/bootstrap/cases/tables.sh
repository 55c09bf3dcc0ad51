# shellcheck shell=sh
# The tables and readers that everything else stands on.

# with_lib PINS LIBRARY COMMAND...: a function of one library, over a pins file.
# shellcheck disable=SC2034  # the library reads PINS
with_lib() {
  PINS=$1 lib=$2
  shift 2
  # shellcheck source=/dev/null
  (. "$ROOT/scripts/lib/$lib.sh" && "$@")
}

test_every_manager_offers_the_same_capabilities() {
  awk -F '\t' '
    /^#/ { next }
    !header { header = $0; want = NF; next }
    {
      if (NF != want) { print "row " $1 " has " NF " cells, not " want; bad = 1 }
      for (i = 1; i <= NF; i++) if ($i == "") { print "row " $1 " has an empty cell " i; bad = 1 }
      if (seen[$1]++) { print "twice: " $1; bad = 1 }
      if ($2 !~ /^(need|stdlib|cache|fork|rust|rustup|just|sccache|image|image-rust|cross|cross-rust)$/) { print "class of " $1 ": " $2; bad = 1 }
      # What CPython is built from must be named for each Linux manager; only brew may leave it to the system.
      if ($2 ~ /^(need|stdlib|cache)$/) for (i = 4; i < NF; i++) if ($i == "-") { print $1 " has no package in column " i; bad = 1 }
      rows++
    }
    END {
      if (header != "capability\tclass\tprobe\tapt\tdnf\tpacman\tapk\tzypper\tbrew") { print "header: " header; bad = 1 }
      if (rows < 20) { print rows " rows only"; bad = 1 }
      exit bad
    }' "$ROOT/scripts/system-packages.tsv"
}

test_pins_reader_reads_values_and_rows() {
  cat >"$WORK/pins.toml" <<'PINS'
format = 1
[rust]
# msrv = "0"
msrv = "1.2.3"   # "quoted" comment
size = 12 # bytes
[tools.just] # a comment
version = "1.0"
[[tools.just.artifact]]
platform = "one"
sha256 = "aa"
[[tools.just.artifact]]
platform = "two"
unverified = true
[tools.just-other]
version = "2.0"
PINS
  equal "$(with_lib "$WORK/pins.toml" pins pin rust msrv)" 1.2.3
  equal "$(with_lib "$WORK/pins.toml" pins pin rust size)" 12
  equal "$(with_lib "$WORK/pins.toml" pins pin tools.just version)" 1.0
  equal "$(with_lib "$WORK/pins.toml" pins pin tools.just platform)" ''
  equal "$(with_lib "$WORK/pins.toml" pins pin rust version)" ''
  equal "$(with_lib "$WORK/pins.toml" pins pin_rows tools.just.artifact platform sha256 unverified)" \
    "$(printf 'one\taa\t-\ntwo\t-\ttrue')"
}

test_real_pins_have_what_the_bootstrap_reads() {
  for key in 'rust msrv' 'tools.just version' 'tools.just url' 'tools.just wheel' 'tools.just wheel_version' \
    'tools.sccache version' 'tools.sccache url' 'tools.rustup-init version' 'tools.rustup-init url'; do
    # shellcheck disable=SC2086  # a section and a key
    [ -n "$(with_lib "$ROOT/pins.toml" pins pin $key)" ] || { echo "  pins.toml: no $key"; exit 1; }
  done
  for tool in just sccache rustup-init; do
    with_lib "$ROOT/pins.toml" pins pin_rows "tools.$tool.artifact" platform sha256 unverified | awk -F '\t' -v tool="$tool" '
      { rows++ }
      $1 == "-" || ($2 == "-" && $3 != "true") || ($2 != "-" && $2 !~ /^[0-9a-f]+$/) || (length($2) != 64 && $2 != "-") {
        print "  " tool ": bad row " $0; bad = 1
      }
      END { exit bad || !rows }'
  done
}

test_versions_are_compared_as_numbers() {
  for pair in '1.95.0 1.95.0' '1.100 1.95.0' '2 1.95.0' '1.97.1+dfsg1-1 1.95.0' '1.95.0-nightly 1.95'; do
    # shellcheck disable=SC2086  # two versions
    with_lib /dev/null pins version_at_least $pair || { echo "  $pair: should be enough"; exit 1; }
  done
  for pair in '1.94.9 1.95.0' '1.9 1.95.0' '0.4.0~~pre6-1+b1 0.15' '1 1.0.1'; do
    # shellcheck disable=SC2086  # two versions
    if with_lib /dev/null pins version_at_least $pair; then echo "  $pair: should not be enough"; exit 1; fi
  done
}

test_no_pin_is_repeated_in_the_scripts() {
  if grep -rnE '[0-9a-f]{40}' "$ROOT/scripts"; then echo "  a hash in a script"; exit 1; fi
  for pin in $(with_lib "$ROOT/pins.toml" pins pin rust msrv; for tool in just sccache rustup-init; do
    with_lib "$ROOT/pins.toml" pins pin "tools.$tool" version; done); do
    if grep -rnF -e "$pin" "$ROOT/scripts"; then echo "  $pin belongs to pins.toml alone"; exit 1; fi
  done
}

test_scripts_pass_shellcheck() {
  command -v shellcheck >/dev/null 2>&1 || skip "shellcheck is not there"
  shellcheck -x "$ROOT/scripts/bootstrap.sh" "$ROOT"/scripts/lib/*.sh "$ROOT"/tests/bootstrap/*.sh "$ROOT"/tests/bootstrap/cases/*.sh
}
