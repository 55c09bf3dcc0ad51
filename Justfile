# The face of the kit. Every recipe is one line: what it does is in the `sprint` binary, where it is tested.

set positional-arguments
set quiet

sprint := justfile_directory() / "scripts/sprint"

# List the recipes
[private]
default:
    just --list --unsorted

# Install what is missing, compile the kit, build CPython, test base64
[group('start')]
bootstrap *args:
    ./scripts/bootstrap.sh "$@"

# Remove exactly what bootstrap added
[group('start')]
uninstall *args:
    ./scripts/bootstrap.sh --uninstall "$@"

# Say what is wrong with this machine, and what mends it
[group('start')]
doctor *args:
    {{ quote(sprint) }} doctor "$@"

# Five steps from a clone to your own change, red then green
[group('start')]
[no-exit-message]
tour *args:
    {{ quote(sprint) }} tour "$@"

# What to read first; --discord: what a moderator pastes
[group('start')]
onboarding *args:
    {{ quote(sprint) }} onboarding "$@"

# Choose the CPython tree: release, fork, or path DIR
[group('start')]
source *args:
    {{ quote(sprint) }} source "$@"

# Build what changed, prove that the module is Rust, run its tests
[group('work')]
test-module *args:
    {{ quote(sprint) }} test "$@"

# The same again after each change
[group('work')]
watch *args:
    {{ quote(sprint) }} watch "$@"

# Show the proof that a module is Rust
[group('work')]
[no-exit-message]
prove *args:
    {{ quote(sprint) }} prove "$@"

# Run the Python that was built, with the Rust modules in it
[group('work')]
[no-exit-message]
python *args:
    {{ quote(sprint) }} python "$@"

# List the Rust modules
[group('work')]
modules *args:
    {{ quote(sprint) }} modules "$@"

# Make a new Rust module whose tests are green
[group('work')]
new-module *args:
    {{ quote(sprint) }} new-module "$@"

# Write editor settings (rust-analyzer, clangd, lldb, tasks), made from the build as it is
[group('work')]
[no-exit-message]
settings *args:
    {{ quote(sprint) }} settings "$@"

# Build CPython with the Rust modules
[group('work')]
build *args:
    {{ quote(sprint) }} build "$@"

# List the sprint's tasks: --level, --area, --free, --hour, --here, --json; or lint
[group('sprint')]
[no-exit-message]
tasks *args:
    {{ quote(sprint) }} tasks "$@"

# One task: show, start, check, hint, done, drop, next
[group('sprint')]
[no-exit-message]
task *args:
    {{ quote(sprint) }} task "$@"

# A room on the LAN: join 'LINE', status, leave; the lead: up
[group('share')]
[no-exit-message]
room *args:
    {{ quote(sprint) }} room "$@"

# The board of the sprint, for a projector or a phone
[group('share')]
[no-exit-message]
board *args:
    {{ quote(sprint) }} room board "$@"

# Finished builds: save, restore, list, verify, prune, trust, stores
[group('share')]
[no-exit-message]
snapshot *args:
    {{ quote(sprint) }} snapshot "$@"

# Build twice, in two directories, and compare every byte
[group('kit')]
[no-exit-message]
reproduce *args:
    {{ quote(sprint) }} reproduce "$@"

# What the caches hold, and how to be rid of it: stats, clean
[group('kit')]
cache *args:
    {{ quote(sprint) }} cache "$@"

# The key of a build, and what goes into it: --explain, --diff
[group('kit')]
key *args:
    {{ quote(sprint) }} key "$@"

# Everything that a machine without a network needs, in one signed file: make, verify, list, use
[group('share')]
[no-exit-message]
bundle *args:
    {{ quote(sprint) }} bundle "$@"

# Remove build directories
[group('work')]
clean *args:
    {{ quote(sprint) }} clean "$@"

# Build the container image: dev (default) or cross
[group('share')]
[no-exit-message]
image *args:
    {{ quote(sprint) }} image build "$@"

# Open a shell in the image, on this checkout
[group('work')]
[no-exit-message]
shell *args:
    {{ quote(sprint) }} image shell "$@"

# Weigh the image, layer by layer
[group('share')]
[no-exit-message]
image-size *args:
    {{ quote(sprint) }} image size "$@"

# Write the image into one file, for a USB stick or a room
[group('share')]
[no-exit-message]
image-save *args:
    {{ quote(sprint) }} image save "$@"

# Check (or, with `sync`, rewrite) what repeats pins.toml
[group('kit')]
pins *args:
    {{ quote(sprint) }} pins "$@"

# Build the documents into a site with search, and check every link in it
[group('kit')]
[no-exit-message]
docs *args:
    python3 docs/site/build.py "$@"

# Measure the kit against the plain flow: --rounds N, --json, --write, --dry-run
[group('kit')]
[no-exit-message]
bench *args:
    python3 tests/bench/bench.py "$@"

# The kit's own tests: no root, no daemon
[group('kit')]
test:
    ./tests/run.sh quick

# Everything that CI runs
[group('kit')]
ci:
    ./.ci/run
