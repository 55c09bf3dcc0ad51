# shellcheck shell=sh
# Reads pins.toml, the only place where a version or a checksum is written by hand. Understands the
# part of TOML that file uses: [section], [[array]], key = "string", key = true. Nothing is defaulted.

# pin SECTION KEY: the value, or nothing.
pin() {
  awk -v section="$1" -v key="$2" '
    /^[ \t]*\[/ { name = $0; sub(/#.*/, "", name); gsub(/[ \t\[\]]/, "", name); inside = (name == section && $0 !~ /\[\[/); next }
    inside && match($0, /^[ \t]*[A-Za-z0-9_-]+[ \t]*=[ \t]*/) {
      name = $0; sub(/[ \t]*=.*/, "", name); gsub(/[ \t]/, "", name)
      if (name != key) next
      value = substr($0, RLENGTH + 1)
      if (value ~ /^"/) { sub(/^"/, "", value); sub(/".*/, "", value) }
      else { sub(/[ \t]*#.*/, "", value); sub(/[ \t]+$/, "", value) }
      print value
      exit
    }' "$PINS"
}

# pin_rows ARRAY KEY...: one line per [[ARRAY]] entry, its values separated by tabs, `-` for none.
pin_rows() {
  array=$1
  shift
  awk -v array="$array" -v keys="$*" '
    BEGIN { count = split(keys, wanted, " ") }
    function flush(   i, text) {
      if (!inside) return
      for (i = 1; i <= count; i++) text = text (i > 1 ? "\t" : "") ((wanted[i] in row) ? row[wanted[i]] : "-")
      print text
    }
    /^[ \t]*\[/ {
      flush()
      name = $0; sub(/#.*/, "", name); gsub(/[ \t\[\]]/, "", name)
      inside = (name == array && $0 ~ /\[\[/)
      for (k in row) delete row[k]
      next
    }
    inside && match($0, /^[ \t]*[A-Za-z0-9_-]+[ \t]*=[ \t]*/) {
      name = $0; sub(/[ \t]*=.*/, "", name); gsub(/[ \t]/, "", name)
      value = substr($0, RLENGTH + 1)
      if (value ~ /^"/) { sub(/^"/, "", value); sub(/".*/, "", value) }
      else { sub(/[ \t]*#.*/, "", value); sub(/[ \t]+$/, "", value) }
      row[name] = value
    }
    END { flush() }' "$PINS"
}

# version_at_least HAVE WANT: compares dotted numbers; what follows the numbers is ignored.
version_at_least() {
  awk -v have="$1" -v want="$2" 'BEGIN {
    split(have, h, /[^0-9]+/); n = split(want, w, /[^0-9]+/)
    for (i = 1; i <= n; i++) {
      if (h[i] + 0 > w[i] + 0) exit 0
      if (h[i] + 0 < w[i] + 0) exit 1
    }
    exit 0
  }'
}
