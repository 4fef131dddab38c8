# The kubelet and kube-proxy of the only node.
# shellcheck shell=bash

start_node() {
  local began=
  make_cgroup
  write_kubelet_config
  write_proxy_config
  running kubelet >/dev/null || began=$(date --utc +%Y-%m-%dT%H:%M:%SZ)
  start kubelet "$bin_dir/kubelet" --config="$etc_dir/kubelet.yaml" --kubeconfig="$pki_dir/kubelet.kubeconfig" \
    --root-dir="$data_dir/kubelet" --cert-dir="$data_dir/kubelet-pki" --hostname-override="$node_name" --node-ip="$node_ip"
  start kube-proxy "$bin_dir/kube-proxy" --config="$etc_dir/kube-proxy.yaml" --hostname-override="$node_name"
  eventually 60 node_ready "$began"
  eventually 30 service_rules_exist
}

# The node object outlives `down`, so Ready counts only with a heartbeat not older than this start of the kubelet.
node_ready() { # SINCE
  local status heartbeat
  read -r status heartbeat < <(kubectl get node "$node_name" \
    -o jsonpath='{range .status.conditions[?(@.type=="Ready")]}{.status} {.lastHeartbeatTime}{"\n"}{end}')
  [ "$status" = True ] && [[ ! "$heartbeat" < "$1" ]]
}

service_rules_exist() { (exec 3<>"/dev/tcp/$apiserver_service_ip/443") 2>/dev/null; }

# A cgroup of the cluster's own: a kubelet ends whatever it finds under its root and does not know.
make_cgroup() {
  local controller file
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    mkdir -p "/sys/fs/cgroup/$cluster_name"
    return
  fi
  for controller in /sys/fs/cgroup/*/; do
    [ -e "$controller/cgroup.procs" ] && [ ! -e "$controller/cgroup.controllers" ] || continue
    mkdir -p "$controller/$cluster_name"
    # An empty cpuset accepts no process, and children inherit nothing by themselves.
    for file in cpuset.cpus cpuset.mems; do
      [ ! -e "$controller/$file" ] || cat "$controller/$file" >"$controller/$cluster_name/$file"
    done
  done
}

remove_cgroup() {
  local directory
  for directory in "/sys/fs/cgroup/$cluster_name" /sys/fs/cgroup/*/"$cluster_name"; do
    [ ! -d "$directory" ] || find "$directory" -depth -type d -exec rmdir {} + 2>/dev/null || true
  done
}

write_kubelet_config() {
  # Pods that ask for the node's resolver get an empty one: outside names do not exist here.
  put "$etc_dir/resolv.conf" </dev/null
  # Images come by import and no registry could bring one back, so none is ever collected.
  # oomScoreAdj and maxOpenFiles: the defaults need CAP_SYS_RESOURCE.
  # podLogsDir: a kubelet removes the logs of pods that it does not know, and another cluster has the default folder too.
  put "$etc_dir/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $node_ip
authentication:
  anonymous: { enabled: false }
  webhook: { enabled: true }
  x509: { clientCAFile: $pki_dir/ca.crt }
authorization: { mode: Webhook }
tlsCertFile: $pki_dir/kubelet.crt
tlsPrivateKeyFile: $pki_dir/kubelet.key
containerRuntimeEndpoint: unix://$containerd_socket
cgroupDriver: cgroupfs
cgroupRoot: /$cluster_name
enforceNodeAllocatable: []
clusterDomain: cluster.local
clusterDNS: [$dns_service_ip]
resolvConf: $etc_dir/resolv.conf
volumePluginDir: $data_dir/volume-plugins
podLogsDir: $data_dir/pod-logs
failSwapOn: false
readOnlyPort: 0
healthzBindAddress: 127.0.0.1
oomScoreAdj: 0
maxOpenFiles: $(ulimit -Hn)
maxPods: 250
serializeImagePulls: false
registryPullQPS: 0
eventRecordQPS: 0
imageGCHighThresholdPercent: 100
evictionHard: { memory.available: 200Mi, nodefs.available: 1%, imagefs.available: 1% }
nodeStatusUpdateFrequency: 5s
YAML
}

write_proxy_config() {
  put "$etc_dir/kube-proxy.yaml" <<YAML
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: nftables
bindAddress: $node_ip
clientConnection: { kubeconfig: $pki_dir/proxy.kubeconfig }
clusterCIDR: $pod_cidr
nodePortAddresses: [$node_ip/32]
nftables: { minSyncPeriod: 100ms, syncPeriod: 30s }
conntrack: { maxPerCore: 0, min: 0 }
healthzBindAddress: 127.0.0.1:10256
metricsBindAddress: 127.0.0.1:10249
oomScoreAdj: 0
YAML
}
