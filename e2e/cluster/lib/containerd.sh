# containerd: its configuration, and what it leaves behind.
# shellcheck shell=bash

cni_bin_dir() { if [ -x /usr/lib/cni/bridge ]; then echo /usr/lib/cni; else echo /opt/cni/bin; fi; }

pull_without_tls() {
  mkdir -p "$etc_dir/certs.d/$1"
  put "$etc_dir/certs.d/$1/hosts.toml" <<TOML
server = "http://$1"
[host."http://$1"]
  capabilities = ["pull", "resolve"]
TOML
}

start_containerd() {
  mkdir -p "$etc_dir/cni"
  put "$etc_dir/cni/10-pods.conflist" <<JSON
{
  "cniVersion": "0.4.0",
  "name": "pods",
  "plugins": [
    {
      "type": "bridge", "bridge": "cni0", "isDefaultGateway": true, "hairpinMode": true,
      "ipam": { "type": "host-local", "dataDir": "$data_dir/cni", "ranges": [[{ "subnet": "$pod_cidr" }]] }
    },
    { "type": "portmap", "capabilities": { "portMappings": true } }
  ]
}
JSON
  pull_without_tls "$registry_address"
  pull_without_tls "$locked_registry_address"
  # Settings that are not taste: restrict_oom_score_adj, as runc may not lower a score without CAP_SYS_RESOURCE;
  # netns_mounts_under_state_dir, so that the pods of two clusters do not meet in /run/netns.
  put "$etc_dir/containerd.toml" <<TOML
version = 2
root = "$data_dir/containerd"
state = "$run_dir/containerd"
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
]
[grpc]
  address = "$containerd_socket"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "$pause_image"
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$(cni_bin_dir)"
    conf_dir = "$etc_dir/cni"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "$etc_dir/certs.d"
TOML
  start containerd containerd --config "$etc_dir/containerd.toml"
  eventually 30 ctr version
}

# Imports the images of `build` that containerd does not have: the pause image, CoreDNS, and the program that tests run.
import_own_images() {
  local present archive
  present=$(ctr images list -q)
  for archive in pause:"$pause_image" coredns:"$coredns_image" behave:"$behave_image"; do
    grep -qxF "${archive#*:}" <<<"$present" || ctr images import "$image_dir/${archive%%:*}.tar" >/dev/null
  done
}

# Ends every container and forgets it, so that the next `up` begins with none.
remove_containers() {
  running containerd >/dev/null || return 0
  local containers tasks
  mapfile -t tasks < <(ctr tasks list -q 2>/dev/null)
  [ ${#tasks[@]} = 0 ] || ctr tasks delete --force "${tasks[@]}" >/dev/null 2>&1 || true
  mapfile -t containers < <(ctr containers list -q 2>/dev/null)
  [ ${#containers[@]} = 0 ] || ctr containers delete "${containers[@]}" >/dev/null 2>&1 || true
}

# Shims outlive containerd by design. Ours name our socket on their command line.
kill_shims() {
  local process
  for process in /proc/[0-9]*; do
    if tr '\0' ' ' 2>/dev/null <"$process/cmdline" | grep -qF -- "containerd-shim-runc-v2 -namespace k8s.io" &&
      tr '\0' ' ' 2>/dev/null <"$process/cmdline" | grep -qF -- "-address $containerd_socket "; then
      kill -KILL "${process#/proc/}" 2>/dev/null || true
    fi
  done
}

unmount_state() {
  local target
  awk '{print $2}' /proc/mounts | grep -F "$state_dir/" | sort -r | while read -r target; do umount --lazy "$target"; done
}
