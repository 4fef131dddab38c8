# The cluster's certificate authorities, certificates and kubeconfig files, made once.
# shellcheck shell=bash

make_certificates() {
  [ -d "$pki_dir" ] && return
  # Made aside and renamed at the end: an interrupted run leaves nothing that looks complete.
  local pki=$pki_dir.new
  rm -rf "$pki"
  mkdir -p -m 700 "$pki"
  authority ca
  authority front-proxy-ca
  local service=kubernetes.default.svc
  certificate ca apiserver /CN=kube-apiserver \
    "DNS:kubernetes,DNS:kubernetes.default,DNS:$service,DNS:$service.cluster.local,DNS:localhost,IP:$apiserver_service_ip,IP:$node_ip,IP:127.0.0.1"
  certificate ca apiserver-kubelet-client /O=system:masters/CN=apiserver-kubelet-client
  certificate front-proxy-ca front-proxy-client /CN=front-proxy-client
  client admin /O=system:masters/CN=admin
  client controller-manager /CN=system:kube-controller-manager
  client scheduler /CN=system:kube-scheduler
  client proxy /CN=system:kube-proxy
  client kubelet "/O=system:nodes/CN=system:node:$node_name" "DNS:$node_name,IP:$node_ip"
  openssl genrsa -out "$pki/service-account.key" 2048 2>/dev/null
  openssl rsa -in "$pki/service-account.key" -pubout -out "$pki/service-account.pub" 2>/dev/null
  mv "$pki" "$pki_dir"
}

private_key() { openssl ecparam -genkey -name prime256v1 -noout -out "$1"; }

authority() { # NAME
  private_key "$pki/$1.key"
  openssl req -x509 -new -key "$pki/$1.key" -subj "/CN=$1" -days 3650 -out "$pki/$1.crt"
}

certificate() { # AUTHORITY NAME SUBJECT [ALTERNATIVE-NAMES]
  private_key "$pki/$2.key"
  openssl req -new -key "$pki/$2.key" -subj "$3" |
    openssl x509 -req -CA "$pki/$1.crt" -CAkey "$pki/$1.key" -CAcreateserial -days 3650 -out "$pki/$2.crt" 2>/dev/null -extfile <(
      echo basicConstraints=CA:FALSE
      echo keyUsage=digitalSignature,keyEncipherment
      echo extendedKeyUsage=serverAuth,clientAuth
      [ -z "${4:-}" ] || echo "subjectAltName=$4"
    )
}

client() { # NAME SUBJECT [ALTERNATIVE-NAMES]: a certificate and the kubeconfig that uses it
  certificate ca "$@"
  cat >"$pki/$1.kubeconfig" <<YAML
apiVersion: v1
kind: Config
current-context: $cluster_name
clusters:
  - name: $cluster_name
    cluster:
      server: https://$node_ip:6443
      certificate-authority-data: $(base64 -w0 "$pki/ca.crt")
users:
  - name: $1
    user:
      client-certificate-data: $(base64 -w0 "$pki/$1.crt")
      client-key-data: $(base64 -w0 "$pki/$1.key")
contexts:
  - name: $cluster_name
    context: { cluster: $cluster_name, user: $1 }
YAML
}
