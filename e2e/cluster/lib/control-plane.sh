# etcd, the API server, the controller manager and the scheduler.
# shellcheck shell=bash

start_etcd() {
  # Nothing here must survive a power cut, and fsync is what a slow disk would make every write wait for.
  start etcd etcd --name "$node_name" --data-dir "$data_dir/etcd" --unsafe-no-fsync --log-level warn \
    --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
    --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 \
    --initial-cluster "$node_name=http://127.0.0.1:2380"
}

start_apiserver() {
  # Who did what to which object, one line per answered request.
  put "$etc_dir/audit-policy.yaml" <<YAML
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
YAML
  start kube-apiserver "$bin_dir/kube-apiserver" \
    --etcd-servers=http://127.0.0.1:2379 \
    --bind-address="$node_ip" --advertise-address="$node_ip" --secure-port=6443 \
    --service-cluster-ip-range="$service_cidr" \
    --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged=true \
    --client-ca-file="$pki_dir/ca.crt" \
    --tls-cert-file="$pki_dir/apiserver.crt" --tls-private-key-file="$pki_dir/apiserver.key" \
    --kubelet-certificate-authority="$pki_dir/ca.crt" --kubelet-preferred-address-types=InternalIP \
    --kubelet-client-certificate="$pki_dir/apiserver-kubelet-client.crt" --kubelet-client-key="$pki_dir/apiserver-kubelet-client.key" \
    --service-account-issuer=https://kubernetes.default.svc.cluster.local \
    --service-account-key-file="$pki_dir/service-account.pub" --service-account-signing-key-file="$pki_dir/service-account.key" \
    --requestheader-client-ca-file="$pki_dir/front-proxy-ca.crt" --requestheader-allowed-names=front-proxy-client \
    --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group \
    --requestheader-extra-headers-prefix=X-Remote-Extra- --enable-aggregator-routing=true \
    --proxy-client-cert-file="$pki_dir/front-proxy-client.crt" --proxy-client-key-file="$pki_dir/front-proxy-client.key" \
    --audit-policy-file="$etc_dir/audit-policy.yaml" --audit-log-path="$audit_log" --audit-log-maxsize=200 --audit-log-maxbackup=2
  eventually 60 kubectl get --raw /readyz
}

start_controllers() {
  local component
  start kube-controller-manager "$bin_dir/kube-controller-manager" $(as_component controller-manager) \
    --use-service-account-credentials=true --service-account-private-key-file="$pki_dir/service-account.key" \
    --root-ca-file="$pki_dir/ca.crt" --cluster-signing-cert-file="$pki_dir/ca.crt" --cluster-signing-key-file="$pki_dir/ca.key" \
    --cluster-cidr="$pod_cidr" --allocate-node-cidrs=false --service-cluster-ip-range="$service_cidr"
  start kube-scheduler "$bin_dir/kube-scheduler" $(as_component scheduler)
  for component in kube-controller-manager:10257 kube-scheduler:10259; do
    eventually 30 healthy "${component#*:}"
  done
}

as_component() { # NAME: the flags that both share
  echo "--bind-address=127.0.0.1 --leader-elect=false" \
    "--kubeconfig=$pki_dir/$1.kubeconfig --authentication-kubeconfig=$pki_dir/$1.kubeconfig --authorization-kubeconfig=$pki_dir/$1.kubeconfig"
}

healthy() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
