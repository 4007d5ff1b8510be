#!/usr/bin/env bash
# CI: restore the tools a job needs, pinned to a state digest, and fail if the file says anything else.
#   examples/pin-in-ci.sh FILE.json sha256:<state digest>
set -euo pipefail
wassette_state=${WASSETTE_STATE:-wassette-state}

[ $# -eq 2 ] || { echo "usage: $0 FILE.json sha256:STATE_DIGEST" >&2; exit 2; }

found=$($wassette_state inspect "$1" --json | sed -n 's/.*"state_digest": "\(.*\)".*/\1/p')
if [ "$found" != "$2" ]; then
  echo "expected state $2, got $found" >&2
  exit 1
fi
$wassette_state import "$1" --yes
