#!/bin/sh
# Writes which code this is into .env.build and into a file beside the version adapter, for images
# that carry no git. GIT_BRANCH and GIT_COMMIT, as build arguments, come before what git says.
# What nobody knows is 'unknown'; this never fails a build.
set -u
cd "$(dirname "$0")" || exit 0

ask_git() { git "$@" 2>/dev/null || true; }

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml | head -n 1)
branch=${GIT_BRANCH:-$(ask_git rev-parse --abbrev-ref HEAD)}
commit=${GIT_COMMIT:-$(ask_git rev-parse HEAD)}
built_at=$(date -u +%Y-%m-%dT%H:%M:%SZ 2>/dev/null || true)

version=${version:-unknown}
branch=${branch:-unknown}
commit=${commit:-unknown}
built_at=${built_at:-unknown}
short=$(printf '%.12s' "$commit")
release="nija-$version-$short"

cat > .env.build <<END
NIJA_BUILD_VERSION=$version
NIJA_BUILD_RELEASE=$release
NIJA_BUILD_BRANCH=$branch
NIJA_BUILD_COMMIT=$commit
NIJA_BUILD_COMMIT_SHORT=$short
NIJA_BUILD_TIME=$built_at
END

cat > nija_adapters/version/build.json <<END
{"version": "$version", "release": "$release", "branch": "$branch", "commit": "$commit", "built_at": "$built_at"}
END

echo "$release from $branch at $built_at"
