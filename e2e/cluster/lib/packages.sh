# Debian packages, installed only when something they provide is missing, and without starting their services.
# shellcheck shell=bash

# missing_packages NEED...: a need is COMMAND:PACKAGE, or an absolute path of a file instead of the command.
missing_packages() {
  local need
  for need in "$@"; do
    command -v "${need%%:*}" >/dev/null || echo "${need#*:}"
  done
}

install_packages() {
  local packages policy=/usr/sbin/policy-rc.d
  mapfile -t packages < <(missing_packages "$@" | sort -u)
  [ ${#packages[@]} -gt 0 ] || return 0
  if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "missing: ${packages[*]}. Without root and apt-get they cannot be installed here; install them by hand." >&2
    return 1
  fi
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod +x $policy
    # shellcheck disable=SC2064
    trap "rm -f $policy" EXIT
  fi
  apt-get update -q >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${packages[@]}" >/dev/null
}
