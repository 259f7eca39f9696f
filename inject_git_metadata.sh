#!/bin/sh
# Writes which code this is, for images and people: .env.build and nija_adapters/version/build.json.
# GIT_BRANCH, GIT_COMMIT and GIT_TIME override git; what nobody knows is `unknown`.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

ask_git() {
  git -C "$root" "$@" 2>/dev/null || echo unknown
}

# Branch names may hold quotes, and build arguments anything.
plain() {
  printf '%s' "$1" | tr -cd 'A-Za-z0-9._/+:-'
}

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/pyproject.toml" 2>/dev/null | head -n 1)
version=$(plain "${version:-unknown}")
branch=$(plain "${GIT_BRANCH:-$(ask_git rev-parse --abbrev-ref HEAD)}")
commit=$(plain "${GIT_COMMIT:-$(ask_git rev-parse HEAD)}")
# The commit's time and not the clock's: the same code gives the same files.
time=$(plain "${GIT_TIME:-$(TZ=UTC0 ask_git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd)}")
short=$(printf '%.12s' "$commit")
if [ -z "${GIT_COMMIT:-}" ] && [ -n "$(git -C "$root" status --porcelain -uno 2>/dev/null || :)" ]; then
  commit="$commit-changed"
  short="$short-changed"
fi
build_id="nija-$version+$short"

# Whole or not at all: a reader never meets half a file.
replace() {
  cat >"$1.draft"
  mv -f "$1.draft" "$1"
}

replace "$root/.env.build" <<EOF
NIJA_VERSION=$version
NIJA_BUILD_ID=$build_id
GIT_BRANCH=$branch
GIT_COMMIT=$commit
GIT_COMMIT_SHORT=$short
GIT_TIME=$time
EOF

replace "$root/nija_adapters/version/build.json" <<EOF
{
  "version": "$version",
  "build_id": "$build_id",
  "branch": "$branch",
  "commit": "$commit",
  "commit_short": "$short",
  "time": "$time"
}
EOF
