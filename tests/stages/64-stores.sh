#!/bin/sh
# Remote stores, spoken to for real: S3 (s3s-fs, which checks signatures), WebDAV (Debian's nginx), and a double of
# GitHub's Actions cache. Compiles `sprint-store` and lints it, which no quick stage does.
# stage: slow
set -eu

[ "$(id -u)" -eq 0 ] || { echo 'skipped: needs root, to mount a small file system'; exit 77; }
command -v apt-get >/dev/null 2>&1 || { echo 'skipped: not a Debian, whose packages this uses'; exit 77; }

module=/usr/lib/nginx/modules/ngx_http_dav_ext_module.so
missing=
for pair in "$module:libnginx-mod-http-dav-ext" /usr/sbin/nginx:nginx-light /usr/bin/zstd:zstd /usr/bin/python3:python3; do
    [ -e "${pair%%:*}" ] || missing="$missing ${pair#*:}"
done
work=$(mktemp -d)
policy=''
finish() {
    code=$?
    umount "$work/small" 2>/dev/null || :
    rm -rf "$work"
    [ -z "$policy" ] || rm -f "$policy"
    exit $code
}
trap finish EXIT
trap 'exit 130' INT TERM
if [ -n "$missing" ]; then
    # Debian starts a web server of its own on installing; nobody here asked for that one.
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        policy=/usr/sbin/policy-rc.d
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
    fi
    # shellcheck disable=SC2086  # words
    DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $missing >/dev/null
fi

# One set of features for all of them: what the program is compiled from is compiled once, and once more for clippy.
store() { # COMMAND ARGUMENT...
    command=$1
    shift
    cargo "$command" --quiet --locked --manifest-path crates/store/Cargo.toml --target-dir crates/store/target "$@"
}
begin=$(date +%s)
store build --bins --examples
echo "sprint-store compiled in $(($(date +%s) - begin)) s"
store test
store clippy --all-targets -- -D warnings

mkdir "$work/small"
mount -t tmpfs -o size=3m tmpfs "$work/small" || { echo 'a tmpfs cannot be mounted' >&2; exit 1; }
# Of the person who runs this, no server may see anything.
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE NETRC SPRINT_NETRC
SPRINT_TEST_STORE_PROGRAM=$PWD/crates/store/target/debug/sprint-store \
    SPRINT_TEST_S3_SERVER=$PWD/crates/store/target/debug/examples/s3_server \
    SPRINT_TEST_SMALL=$work/small \
    cargo test --quiet --locked -p sprint --test it -- --ignored --test-threads 8 remote_
