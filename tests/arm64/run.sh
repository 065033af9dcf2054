#!/usr/bin/env bash
# The demo and the tests in a Debian of 64-bit Arm that qemu emulates; README.md here says more.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(git -C "$here" rev-parse --show-toplevel)
# shellcheck source=tests/arm64/userland.sh
. "$here/userland.sh"

usage() {
    cat <<END
usage: tests/arm64/run.sh [--folder DIR] [--mirror URL] [--core CPU] [STEP...]

As root on Debian or Ubuntu of x86_64. STEP is demo, lowest, unit or runner; all of them without one.
  --folder DIR  holds the userland and the logs, and is kept ($folder); ARM64_FOLDER
  --mirror URL  Debian's packages ($mirror); ARM64_MIRROR
  --core CPU    what qemu emulates ($core); QEMU_CPU
END
}

folder=${ARM64_FOLDER:-${XDG_CACHE_HOME:-$HOME/.cache}/stable-audio-arm64}
mirror=${ARM64_MIRROR:-http://deb.debian.org/debian}
core=${QEMU_CPU:-cortex-a76}
while [ $# -gt 0 ]; do
    case $1 in
    --folder) folder=${2:?a folder} && shift 2 ;;
    --mirror) mirror=${2:?a URL} && shift 2 ;;
    --core) core=${2:?a core of qemu\'s} && shift 2 ;;
    -h | --help) usage && exit 0 ;;
    demo | lowest | unit | runner) break ;;
    *) usage >&2 && exit 2 ;;
    esac
done
folder=$(mkdir -p "$folder" && cd "$folder" && pwd)
userland=$folder/userland

require_tools
make_userland "$userland" "$mirror"
fetch_wheels "$userland"
checkout=$userland/root/checkout
rm -rf "$checkout"
git clone --quiet --no-hardlinks --config advice.detachedHead=false "$root" "$checkout"
[ -z "$(git -C "$root" status --porcelain)" ] ||
    echo "what is not committed is not in the clone, which is of $(git -C "$root" rev-parse HEAD)"
install -m 755 "$here/inside.sh" "$userland/root/inside.sh"
[ $# -gt 0 ] || set -- demo lowest unit runner
enter "$userland" "$core" /root/inside.sh "$@"
