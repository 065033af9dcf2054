#!/bin/sh
# Installs what the runner needs of Debian or Ubuntu: a C++ compiler; on x86_64 also the cross
# compiler for 64-bit Arm and an emulator to run its programs. Does nothing where all are there.
set -eu
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
