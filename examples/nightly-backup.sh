#!/usr/bin/env bash
# A snapshot each night, if anything has changed: kept by the day for a week, by the week for five, by the month for a year.
#   examples/nightly-backup.sh [BUCKET]      the local store, or such as s3://bucket/backups
# It says nothing unless something is wrong, so that a timer or cron has something to tell.
set -euo pipefail
wassette_state=${WASSETTE_STATE:-wassette-state}
[ $# -le 1 ] || { echo "usage: $0 [BUCKET]" >&2; exit 2; }

place=${1:+$1:}nightly
$wassette_state export --quiet --output "$place" --if-changed --description "$(uname -n), $(date -u +%F)" >/dev/null
$wassette_state store prune --quiet ${1:+"$1"} --keep-daily 7 --keep-weekly 5 --keep-monthly 12
