# Commands built from Go modules.
# shellcheck shell=bash

# go_commands NAME MODULE VERSION LDFLAGS PACKAGE...
# Builds commands of a module with the versions that module itself was tested with: its go.mod and go.sum under another name, plus a
# requirement of the module. Nothing is tidied, so only what the commands import is downloaded. A function prepare_NAME may change go.mod.
go_commands() {
  local name=$1 module=$2 version=$3 ldflags=$4 info directory=$source_dir/$1
  shift 4
  rm -rf "$directory"
  mkdir -p "$directory"
  cd "$directory"
  info=$(go mod download -json "$module@v$version") || fail "cannot download $module v$version: $(jq -r .Error <<<"$info")"
  install -m 644 "$(jq -r .GoMod <<<"$info")" go.mod
  install -m 644 "$(jq -r .Dir <<<"$info")/go.sum" go.sum
  go mod edit -module="cluster.test/$name" -toolchain=none -require="$module@v$version"
  replace_local_modules "$version"
  drop_tools
  if declare -F "prepare_$name" >/dev/null; then "prepare_$name"; fi
  go build -mod=mod -trimpath -ldflags "-s -w $ldflags" -o "$bin_dir/" "$@"
}

# Kubernetes replaces its staging modules by path; v1.34.4 is released as v0.34.4 of each. Elsewhere a path replaces something unneeded.
replace_local_modules() {
  local path
  go mod edit -json | jq -r '.Replace[]? | select(.New.Path | startswith(".")) | .Old.Path' | while read -r path; do
    case $path in
      k8s.io/*) go mod edit -replace="$path=$path@v0.${1#1.}" ;;
      *) go mod edit -dropreplace="$path" ;;
    esac
  done
}

drop_tools() {
  local tool
  go mod edit -json | jq -r '.Tool[]?.Path' | while read -r tool; do go mod edit -droptool="$tool"; done
}
