#!/usr/bin/env bash
# enter.sh USERLAND CORE COMMAND...: runs a command in a userland of 64-bit Arm.
#
# Started by run.sh in namespaces of its own: mounts and processes end with it, however it ends.
set -euo pipefail
userland=$1 core=$2
shift 2
# Cortex-A76 r4p1, as the kernel of a machine that has it says.
midr=0x00000000414fd0b1
features="fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp ssbs"
# Of the caller: where packages come from, and by what certificates and proxies.
variables='^(PIP_[A-Z_]+|UV_[A-Z_]+|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|(HTTPS?|ALL|NO)_PROXY|(https?|all|no)_proxy)='

mount --make-rprivate /
mount -t proc proc "$userland/proc"
mount --rbind /dev "$userland/dev"

# oneDNN reads what core each CPU is, and crashes where it is not told.
mount -t tmpfs tmpfs "$userland/sys"
cpus=$userland/sys/devices/system/cpu
last=$(($(nproc) - 1))
mkdir -p "$cpus"
for list in possible present online; do echo "0-$last" >"$cpus/$list"; done
for number in $(seq 0 $last); do
    mkdir -p "$cpus/cpu$number/regs/identification"
    echo $midr >"$cpus/cpu$number/regs/identification/midr_el1"
    printf '%s\t: %s\n' processor "$number" Features "$features" "CPU implementer" 0x41 \
        "CPU architecture" 8 "CPU variant" 0x4 "CPU part" 0xd0b "CPU revision" 1
    echo
done >"$userland/sys/cpuinfo"
# Which is x86_64's otherwise.
mount --bind "$userland/sys/cpuinfo" "$userland/proc/cpuinfo"

cp --dereference /etc/resolv.conf /etc/hosts "$userland/etc/"
# What the caller's pip looks into.
"$(dirname "$0")/callers_pip.py" "$userland/etc/pip.conf" | while read -r place; do
    if [ -d "$place" ]; then
        mkdir -p "$userland$place"
    else
        mkdir -p "$userland$(dirname "$place")" && touch "$userland$place"
    fi
    mount --bind -o ro "$place" "$userland$place"
done
mapfile -d '' inherited < <(env -0 | grep -zE "$variables")
exec env --ignore-environment "${inherited[@]}" HOME=/root LANG=C.UTF-8 QEMU_CPU="$core" \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    chroot "$userland" "$@"
