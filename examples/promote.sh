#!/usr/bin/env bash
# Dev → staging → prod: the very bytes that were tested go on, with the permissions that were tested. What is other in
# production, such as its directories, is said in an overlay; without one both are compared by digest.
#   examples/promote.sh DEV_COMPONENTS STAGING_COMPONENTS PROD_COMPONENTS [PROD_OVERLAY]
# An overlay, prod.yaml:
#   version: 1
#   map_dirs: { /home/me/data: /srv/data }      # for these the paths in arguments of tools change, too
#   without: { weather: [api.dev.example] }     # what production does not get
set -euo pipefail
wassette_state=${WASSETTE_STATE:-wassette-state}
state_of() { $wassette_state list --json --component-dir "$1" | sed -n 's/.*"state_digest": "\(.*\)".*/\1/p'; }
changes_nothing() { grep '^ *"sentences": \[\]' >/dev/null; }

[ $# -eq 3 ] || [ $# -eq 4 ] ||
  { echo "usage: $0 DEV_COMPONENTS STAGING_COMPONENTS PROD_COMPONENTS [PROD_OVERLAY]" >&2; exit 2; }
dev=$1 staging=$2 prod=$3
promotion=(import candidate --component-dir "$prod" --remove-extra)
[ $# -eq 3 ] || promotion+=(--overlay "$4")
$wassette_state export --component-dir "$dev" --name candidate --tag environment=dev
$wassette_state import candidate --component-dir "$staging" --remove-extra --yes

# Tests of the staging host run here. Then the same snapshot goes to production. Where somebody is to look at it first,
# keep $plan as it is reviewed: the digest approves exactly that plan, with that overlay, and nothing else.
plan=$($wassette_state "${promotion[@]}" --dry-run --json)
if ! changes_nothing <<<"$plan"; then
  digest=$(sed -n 's/.*"plan_digest": "\(.*\)".*/\1/p' <<<"$plan")
  $wassette_state "${promotion[@]}" --approve "$digest"
fi

# Where nothing is other it has the same state; where something is, importing it again would change nothing.
if [ $# -eq 3 ]; then test "$(state_of "$dev")" = "$(state_of "$prod")"
else $wassette_state "${promotion[@]}" --dry-run --json | changes_nothing; fi
echo "production runs what was tested: $(state_of "$prod")"
