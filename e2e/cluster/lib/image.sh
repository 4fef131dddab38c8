# Container images from plain files, without a builder.
# shellcheck shell=bash

# archive_image OUT.tar REFERENCE ROOTFS COMMAND: a docker-archive with one layer whose bytes depend on nothing but its content.
archive_image() {
  local out=$1 reference=$2 rootfs=$3 command=$4 work
  work=$(mktemp -d "$cluster_dir/image.XXXXXX")
  tar --create --file "$work/layer.tar" --directory "$rootfs" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner .
  jq -n --arg command "$command" --arg diff "sha256:$(sha256sum "$work/layer.tar" | cut -d' ' -f1)" --arg arch "$(go env GOARCH)" '{
    architecture: $arch, os: "linux", created: "1970-01-01T00:00:00Z",
    config: {Entrypoint: [$command], Env: ["PATH=/usr/local/bin:/usr/bin:/bin"], WorkingDir: "/"},
    rootfs: {type: "layers", diff_ids: [$diff]}, history: [{created_by: "e2e/cluster"}]}' >"$work/config.json"
  jq -n --arg reference "$reference" '[{Config: "config.json", RepoTags: [$reference], Layers: ["layer.tar"]}]' >"$work/manifest.json"
  tar --create --file "$out" --directory "$work" manifest.json config.json layer.tar
  rm -rf "$work"
}

# image_of_binary OUT.tar REFERENCE BINARY: the image of one static binary.
image_of_binary() {
  local rootfs
  rootfs=$(mktemp -d "$cluster_dir/rootfs.XXXXXX")
  chmod 755 "$rootfs"
  install -m 755 "$3" "$rootfs/"
  archive_image "$1" "$2" "$rootfs" "/$(basename "$3")"
  rm -rf "$rootfs"
}
