#!/usr/bin/env bash
# Back up a host into one file, and restore it: after this the host has exactly what the backup has.
#   examples/backup-and-restore.sh backup  FILE.json
#   examples/backup-and-restore.sh restore FILE.json
# Other directories than Wassette's own: set WASSETTE_COMPONENT_DIR and WASSETTE_SECRETS_DIR.
set -euo pipefail
wassette_state=${WASSETTE_STATE:-wassette-state}

usage() { echo "usage: $0 backup|restore FILE.json" >&2; exit 2; }
[ $# -eq 2 ] || usage

case $1 in
  backup)
    $wassette_state export --output "$2" --include-binaries --description "backup of $(date -u +%F)"
    $wassette_state inspect "$2" >/dev/null # reads it back and verifies every byte
    ;;
  restore)
    # --remove-extra: what was added since the backup goes. --yes: the backup is our own, nobody is asked.
    $wassette_state import "$2" --remove-extra --yes
    ;;
  *) usage ;;
esac
