# What runs beside Kubernetes: an image registry on the node, and CoreDNS in a pod.
# shellcheck shell=bash

start_registry() {
  mkdir -p "$data_dir/registry"
  start registry "$bin_dir/crane" registry serve --address "$registry_address" --disk "$data_dir/registry"
  eventually 10 registry_answers
}

registry_answers() { (exec 3<>"/dev/tcp/${registry_address/:/\/}") 2>/dev/null; }

start_dns() {
  # A pod that comes before its namespace's service account is refused and retried late.
  eventually 60 kubectl --namespace default get serviceaccount default
  eventually 60 kubectl --namespace kube-system get serviceaccount default
  sed -e "s|@IMAGE@|$coredns_image|" -e "s|@CLUSTER_IP@|$dns_service_ip|" "$cluster_home/manifests/coredns.yaml" >"$etc_dir/coredns.yaml"
  kubectl apply --filename "$etc_dir/coredns.yaml" >/dev/null
  printf 'nameserver %s\noptions timeout:1 attempts:1\n' "$dns_service_ip" | put "$etc_dir/cluster-resolv.conf"
  eventually 60 resolves kubernetes.default.svc.cluster.local "$apiserver_service_ip"
  follows_services
}

# A name from before proves little: when the API server died, CoreDNS may take half a minute to watch again and answers from memory.
follows_services() {
  local address
  kubectl --namespace kube-system delete service dns-probe --ignore-not-found >/dev/null
  address=$(kubectl --namespace kube-system create service clusterip dns-probe --tcp=1 -o jsonpath='{.spec.clusterIP}')
  eventually 60 resolves dns-probe.kube-system.svc.cluster.local "$address"
  kubectl --namespace kube-system delete service dns-probe >/dev/null
}

# Asks through the Service, by the C library's own resolver, whose file is replaced for this one process.
resolves() { # NAME ADDRESS
  # shellcheck disable=SC2016
  unshare --mount sh -c 'mount --bind "$1" /etc/resolv.conf && getent ahostsv4 "$2"' - "$etc_dir/cluster-resolv.conf" "$1" | grep -qF "$2 "
}
