#!/usr/bin/env bash
# Writes the golden texts anew, by hand only: the differences are to be read before they are committed. Versions: Swift
# 6.3.1; checked by jaxlib's parser in the tests.
set -euo pipefail
cd "$(dirname "$0")/../../.."
TILESCOPE_WRITE_GOLDENS=1 swift test -c release --disable-testable-imports --filter GoldenTextTests
