# Names, directories, and the few verbs that every command here uses.
# shellcheck shell=bash

cluster_home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=../versions.env
. "$cluster_home/versions.env"

cluster_name=${OFN_CLUSTER_NAME:-ofn-e2e}
cluster_dir=${OFN_CLUSTER_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/openfunction/cluster}

# Built once and shared by every cluster of this directory.
bin_dir=$cluster_dir/bin
image_dir=$cluster_dir/images
gateway_api_dir=$cluster_dir/gateway-api
source_dir=$cluster_dir/src

# One cluster's own.
state_dir=$cluster_dir/state/$cluster_name
run_dir=$state_dir/run
log_dir=$state_dir/log
etc_dir=$state_dir/etc
pki_dir=$state_dir/pki
data_dir=$state_dir/data
containerd_socket=$run_dir/containerd.sock
admin_kubeconfig=$pki_dir/admin.kubeconfig
audit_log=$log_dir/audit.log

netns=/run/netns/$cluster_name
node_name=node1
node_ip=10.123.0.1
pod_cidr=10.244.0.0/16
service_cidr=10.96.0.0/16
apiserver_service_ip=10.96.0.1
dns_service_ip=10.96.0.10
registry_address=$node_ip:5000
# Tests serve one there that asks for a password.
locked_registry_address=$node_ip:5001
pause_image=docker.io/openfunction-e2e/pause:$PAUSE_VERSION
behave_image=docker.io/openfunction-e2e/behave:$BEHAVE_VERSION
coredns_image=docker.io/openfunction-e2e/coredns:$COREDNS_VERSION

fail() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

require_root() {
  [ "$(id -u)" = 0 ] || fail "cannot touch network namespaces: not root. Run it as root."
}

now_ms() { echo $((${EPOCHREALTIME//[!0-9]/} / 1000)); }

# phase TITLE COMMAND...: runs the command and prints one line with the seconds it took.
phase() {
  local title=$1 began elapsed
  shift
  began=$(now_ms)
  "$@"
  elapsed=$(($(now_ms) - began))
  printf '%-24s %3d.%03d s\n' "$title" $((elapsed / 1000)) $((elapsed % 1000))
}

# eventually SECONDS COMMAND...: repeats the command, which must not hang, until it succeeds; after that many seconds, shows its last words and fails.
eventually() {
  local deadline=$((SECONDS + $1)) last
  shift
  while true; do
    if last=$("$@" 2>&1); then return 0; fi
    [ $SECONDS -lt $deadline ] || break
    sleep 0.1
  done
  fail "gave up waiting for: $*
$last
Logs are in $log_dir."
}

kubectl() { "$bin_dir/kubectl" --kubeconfig "$admin_kubeconfig" "$@"; }
ctr() { command ctr --address "$containerd_socket" --namespace k8s.io --connect-timeout 2s "$@"; }

# put FILE: replaces the file by standard input only if they differ, because kube-proxy exits when its file is written.
put() {
  local new=$1.new
  cat >"$new"
  if cmp -s "$new" "$1"; then rm "$new"; else mv "$new" "$1"; fi
}
