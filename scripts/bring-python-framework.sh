#!/usr/bin/env bash
# Brings OpenFunction's first framework for Python into a folder outside the tree, and prints that folder last. Without a Python that
# it can be installed for there is nothing to bring, and the test that needs it is skipped.
set -euo pipefail
folder=${XDG_CACHE_HOME:-$HOME/.cache}/openfunction/python-framework
# The framework takes any dapr from 1.10 on and is pinned to a grpcio of 2023, so pip takes the extension and protobuf too new for the rest.
packages=(ofn-functions-framework==0.2.0rc1 dapr==1.11.0 dapr-ext-grpc==1.11.0 dapr-ext-fastapi==1.11.0 'protobuf<5')
mkdir -p "$folder"
exec 8>"$folder/lock"
flock 8
if ! "$folder/bin/python" -c 'import functions_framework.runner' 2>/dev/null; then
  python=$(command -v python3) || { echo "no python3 on PATH: the framework for Python is not brought" >&2; echo "$folder"; exit 0; }
  if "$python" -c 'import sys; sys.exit(sys.version_info >= (3, 12))'; then
    "$python" -m venv "$folder"
    "$folder/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}"
  else
    echo "Python 3.12 and later have no grpcio 1.54 built for them: the framework for Python is not brought" >&2
  fi
fi
echo "$folder"
