#!/usr/bin/env bash
# Dev → staging → prod: the very bytes and permissions that were tested go on, and each stage is compared by digest.
#   examples/promote.sh DEV_COMPONENTS STAGING_COMPONENTS PROD_COMPONENTS
set -euo pipefail
wassette_state=${WASSETTE_STATE:-wassette-state}
state_of() { $wassette_state list --json --component-dir "$1" | sed -n 's/.*"state_digest": "\(.*\)".*/\1/p'; }

[ $# -eq 3 ] || { echo "usage: $0 DEV_COMPONENTS STAGING_COMPONENTS PROD_COMPONENTS" >&2; exit 2; }
dev=$1 staging=$2 prod=$3
$wassette_state export --component-dir "$dev" --name candidate --tag environment=dev
$wassette_state import candidate --component-dir "$staging" --remove-extra --yes

# Tests of the staging host run here. Then the same snapshot goes to production. Where somebody is to look at it first,
# keep $plan as it is reviewed: the digest approves exactly that plan, and nothing else.
plan=$($wassette_state import candidate --component-dir "$prod" --remove-extra --dry-run --json)
digest=$(sed -n 's/.*"plan_digest": "\(.*\)".*/\1/p' <<<"$plan")
$wassette_state import candidate --component-dir "$prod" --remove-extra --approve "$digest"

test "$(state_of "$dev")" = "$(state_of "$prod")"
echo "production runs what was tested: $(state_of "$prod")"
