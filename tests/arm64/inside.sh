#!/usr/bin/env bash
# inside.sh STEP...: what run.sh runs in the userland: demo, lowest, unit, runner. Ends with a summary.
# shellcheck disable=SC2317  # the steps are called by their names
set -uo pipefail
cd /root/checkout || exit
logs=/root/logs
rm -rf $logs && mkdir $logs
# Environments and packages are kept from one run to the next; what the demo makes is made anew.
cache=/root/.cache/stable-audio-executorch
failed=0
summary=()

# step NAME COMMAND...: run it, into a log of its own.
step() {
    local name=$1 start=$SECONDS outcome=passed
    shift
    echo "$(date -u +%H:%M:%S) $name: $*"
    "$@" >"$logs/$name.log" 2>&1 || { outcome="FAILED ($?)" && failed=1; }
    summary+=("$name: $outcome in $((SECONDS - start)) s; $(tail -n 1 "$logs/$name.log")")
    echo "$(date -u +%H:%M:%S) ${summary[-1]}"
}

demo() {
    rm -rf "$cache/outputs" /root/.cache/huggingface results
    step demo make demo
    step hashes sh -c 'cd results/demo/pte && sha256sum -c ../../../tests/demo.sha256'
}

lowest() {
    [ -f results/demo/summary.md ] || demo
    python3 -m venv /root/lowest
    step lowest_packages /root/lowest/bin/pip install --quiet --no-deps -r tests/arm64/lowest.txt
    PYTHONPATH=workflow/scripts step lowest /root/lowest/bin/python tests/arm64/lowest.py results/demo
}

unit() {
    # qemu does not let its programs limit their memory.
    local impossible=tests/unit/test_stage.py::test_memory_that_is_limited_for_real
    step unit make test ARGS="tests/unit --deselect $impossible"
}

runner() {
    # The build that tests share comes from what `make demo` has cached.
    [ ! -d "$cache/outputs" ] || export SHARED_CACHES=/root/.cache
    step runner make test ARGS="tests/workflow/test_runner.py tests/workflow/test_runner_errors.py"
}

export TEST_PATIENCE=20
for chosen in "$@"; do $chosen; done

echo
echo "$(uname -m), $QEMU_CPU by qemu on $(nproc) CPUs; Debian $(cat /etc/debian_version), $(python3 --version)"
echo "commit $(git rev-parse HEAD)"
for line in "${summary[@]}"; do echo "$line"; done
[ ! -f results/demo/summary.md ] || cat results/demo/summary.md
[ ! -f $logs/hashes.log ] || cat $logs/hashes.log
exit $failed
