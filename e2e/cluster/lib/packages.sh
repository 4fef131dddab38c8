# Debian packages, installed only when something they provide is missing, and without starting their services.
# shellcheck shell=bash

missing_packages() {
  local need command package
  for need in etcd:etcd-server containerd:containerd ctr:containerd runc:runc conntrack:conntrack nft:nftables \
    iptables:iptables ip:iproute2 openssl:openssl jq:jq; do
    command=${need%%:*} package=${need#*:}
    command -v "$command" >/dev/null || echo "$package"
  done
  [ -x /usr/lib/cni/bridge ] || [ -x /opt/cni/bin/bridge ] || echo containernetworking-plugins
}

install_packages() {
  local packages policy=/usr/sbin/policy-rc.d
  mapfile -t packages < <(missing_packages | sort -u)
  [ ${#packages[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || fail "missing: ${packages[*]}. This machine has no apt-get; install them by hand."
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod +x $policy
    # shellcheck disable=SC2064
    trap "rm -f $policy" EXIT
  fi
  apt-get update -q >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${packages[@]}" >/dev/null
}
