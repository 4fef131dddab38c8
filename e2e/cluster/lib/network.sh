# The cluster's network namespace. It holds every link, route and rule of the cluster, and there is no way out of it.
# shellcheck shell=bash

# Runs this very command again inside the namespace. Not by `ip netns exec`: that gives each process its own mounts, and containerd
# would not see the kubelet's volumes.
enter_namespace() {
  [ "${OFN_CLUSTER_INSIDE:-}" != "$cluster_name" ] || return 0
  [ -e "$netns" ] || ip netns add "$cluster_name"
  OFN_CLUSTER_INSIDE=$cluster_name exec nsenter --net="$netns" "$0" "$@"
}

configure_network() {
  ip link set lo up
  # The node's address sits on a bridge without ports, because not every kernel has dummy links.
  if ! ip link show node0 >/dev/null 2>&1; then
    ip link add node0 type bridge
    ip address add "$node_ip/24" dev node0
  fi
  ip link set node0 up
  # A packet to a Service needs a route before kube-proxy's rules may rewrite it.
  ip route replace "$service_cidr" dev node0
  echo 1 >/proc/sys/net/ipv4/ip_forward
  # Without this, two pods of one bridge would reach each other's Services but never see the answers.
  echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables
}
