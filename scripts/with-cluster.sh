#!/usr/bin/env bash
# Runs a command inside the test cluster's network namespace, with OFN_TEST_KUBECONFIG set. Starts the cluster, and ends it if it was not running before.
set -euo pipefail
cluster=$(cd "$(dirname "$0")/../e2e/cluster" && pwd)
if ! "$cluster/in" true 2>/dev/null; then trap '"$cluster/down"' EXIT; fi
"$cluster/up" >&2
"$cluster/in" bash -c 'OFN_TEST_KUBECONFIG=$KUBECONFIG exec "$@"' run "$@"
