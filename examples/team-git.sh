#!/usr/bin/env bash
# A team's tools in git: the file is pretty JSON in a stable order and is left alone when nothing changed, so that a
# pull request shows exactly which permission was added. Its name is one that `wassette-state git install` joins and shows
# (docs/git.md). It has the code, for colleagues who cannot fetch that.
#   examples/team-git.sh share REPOSITORY     commits this host's tools as team.wassette.json
#   examples/team-git.sh join  REPOSITORY     restores them on this host, after a review
set -euo pipefail
wassette_state=${WASSETTE_STATE:-wassette-state}
usage() { echo "usage: $0 share|join REPOSITORY" >&2; exit 2; }
[ $# -eq 2 ] || usage
file=$2/team.wassette.json

case $1 in
  share)
    $wassette_state export --output "$file" --include-binaries
    git -C "$2" add team.wassette.json
    git -C "$2" diff --cached --quiet || git -C "$2" commit --quiet --message "Update the team's tools"
    ;;
  join)
    # With a terminal this asks; without one it stops and says how to approve. YES=1 for a host that trusts the repository.
    $wassette_state import "$file" ${YES:+--yes}
    ;;
  *) usage ;;
esac
