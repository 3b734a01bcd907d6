#!/bin/sh
# A training step and a forward pass against Python PyTorch on the same libtorch. Options: run.sh --help
# Installs Debian's python3-torch if it is not there, which nothing else in this project needs.
set -eu
cd "$(dirname "$0")/../.."
if ! /usr/bin/python3 -c 'import torch' 2>/dev/null; then
  if [ "$(id -u)" -eq 0 ]; then sudo=; else sudo=sudo; fi
  # Without what it recommends: another OpenBLAS would take the place of the one that libtorch uses here.
  $sudo apt-get install -y --no-install-recommends python3-torch
fi
exec dotnet run -c Release --project bench/Training -- "$@"
