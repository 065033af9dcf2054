# shellcheck shell=bash disable=SC2154
# Makes and enters a userland of 64-bit Arm; sourced by run.sh, which sets `here` and `root`.

# What is there before the README's command: Python, pip, make, git, and the runner's compiler; and
# what the tests start.
PACKAGES=python3,python3-venv,python3-pip,make,git,ca-certificates,g++,openssh-server

fail() {
    echo "$0: $*" >&2
    exit 1
}

require_tools() {
    [ "$(uname -m)" != aarch64 ] || fail "this machine is of Arm itself: make demo, make test"
    [ "$(id -u)" = 0 ] || fail "a userland is made and entered as root: sudo $0"
    local tool
    for tool in debootstrap unshare qemu-aarch64-static update-binfmts; do
        command -v $tool >/dev/null ||
            fail "no $tool here: apt-get install debootstrap qemu-user-static binfmt-support"
    done
    # The kernel starts programs of Arm by qemu from now on, in any folder.
    local formats=/proc/sys/fs/binfmt_misc
    [ -e $formats/register ] || mount -t binfmt_misc binfmt_misc $formats
    [ -e $formats/qemu-aarch64 ] || update-binfmts --enable qemu-aarch64
}

# make_userland FOLDER MIRROR
make_userland() {
    [ ! -e "$1/complete" ] || return 0
    echo "makes the userland in $1: ten minutes or more, the log is $1.log"
    rm -rf --one-file-system "$1"
    debootstrap --arch=arm64 --variant=minbase --include=$PACKAGES bookworm "$1" "$2" \
        >"$1.log" 2>&1 || fail "debootstrap failed: $1.log"
    touch "$1/complete"
}

# fetch_wheels USERLAND: by this machine's own uv, into the cache of the userland's.
fetch_wheels() {
    make --quiet -C "$root" .venv/ready
    mkdir -p "$1/root/.cache/uv"
    PYTHONPATH=$root/workflow "$root/.venv/bin/python" "$here/fetch_wheels.py" \
        "$1/root/.cache/uv" "$root/tests/requirements.txt" >"$1.wheels.log" 2>&1 ||
        fail "the wheels of 64-bit Arm were not fetched: $1.wheels.log"
}

# enter USERLAND CORE COMMAND...
enter() {
    unshare --mount --pid --fork --kill-child "$here/enter.sh" "$@"
}
