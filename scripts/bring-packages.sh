#!/usr/bin/env bash
# Installs what tests and benches run beside Node: bring-packages.sh COMMAND:PACKAGE… (Debian, root; elsewhere it says what is missing).
set -euo pipefail
. "$(dirname "$0")/../e2e/cluster/lib/packages.sh"
install_packages "$@"
