#!/bin/sh
# Installs what the runner needs of Debian or Ubuntu: a C++ compiler; on x86_64 also the cross
# compiler for 64-bit Arm and an emulator to run its programs. Does nothing where all are there.
# On macOS it only says how to get the compiler.
set -eu
if [ "$(uname -s)" = Darwin ]; then
    xcode-select --print-path >/dev/null 2>&1 && exit 0
    echo "no C++ compiler here: xcode-select --install brings Xcode's command line tools" >&2
    exit 1
fi
packages="g++"
[ "$(uname -m)" = aarch64 ] || packages="$packages g++-aarch64-linux-gnu qemu-user-static"
# Named by the tests: a server for the ssh target.
packages="$packages $*"
missing=""
for package in $packages; do
    dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null |
        grep -qx installed || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
root=""
[ "$(id -u)" = 0 ] || root=sudo
$root apt-get update -qq
# shellcheck disable=SC2086  # a list of names
DEBIAN_FRONTEND=noninteractive $root apt-get install -y -qq --no-install-recommends $missing
