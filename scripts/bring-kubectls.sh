#!/usr/bin/env bash
# Brings the versions of kubectl that the API of one machine is tested with into a folder outside the tree, and prints that folder last.
# A kubectl.1.NN that lies beside a kubectl of the machine is taken as it is; any other is built from its Go module, minutes once.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
versions=(1.29.14 1.30.13 1.31.9 1.32.5 1.33.1)
folder=${XDG_CACHE_HOME:-$HOME/.cache}/openfunction/kubectl
mkdir -p "$folder"
exec 8>"$folder/lock"
flock 8

beside() {
  local kubectl
  kubectl=$(command -v kubectl) || return 1
  kubectl=$(dirname "$(readlink -f "$kubectl")")/kubectl.$1
  [ -x "$kubectl" ] && echo "$kubectl"
}

build() {
  local version=$1 minor=$2
  (
    . "$here/../e2e/cluster/lib/common.sh"
    . "$here/../e2e/cluster/lib/go-module.sh"
    export CGO_ENABLED=0 GOWORK=off GOFLAGS= GOTOOLCHAIN=local
    bin_dir=$folder/built-$minor source_dir=$folder/src
    command -v go >/dev/null || fail "cannot build kubectl $version: there is no Go on PATH. Install Go 1.25 or later from https://go.dev/dl."
    mkdir -p "$bin_dir"
    local ldflags="-X k8s.io/component-base/version.gitVersion=v$version -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=${minor#1.}"
    go_commands "kubectl-$minor" k8s.io/kubernetes "$version" "$ldflags" k8s.io/kubernetes/cmd/kubectl
    ln -sfn "$bin_dir/kubectl" "$folder/kubectl.$minor"
  )
}

for version in "${versions[@]}"; do
  minor=${version%.*}
  if [ -x "$folder/kubectl.$minor" ]; then
    echo "kubectl $minor: there already" >&2
  elif [ "${OFN_KUBECTL_BUILD:-}" != 1 ] && found=$(beside "$minor"); then
    ln -sfn "$found" "$folder/kubectl.$minor"
    echo "kubectl $minor: $found" >&2
  else
    echo "kubectl $minor: building v$version" >&2
    build "$version" "$minor" >&2
  fi
done
echo "$folder"
