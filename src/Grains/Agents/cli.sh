#!/bin/sh
# Becomes the Claude Code CLI:
#
#   cli.sh PROGRAM ARGUMENT...
#
# The credential, $ANTHROPIC_API_KEY or $CLAUDE_CODE_OAUTH_TOKEN, goes by a file descriptor, so that it is not in the
# environment of the agent's tools, which print theirs all the time. That is no boundary: the same user can still find
# it. Where spans go and as whom ($OTEL_...) stays: the CLI does not pass it on to its tools.
set -u

if [ -n "${CLAUDE_CODE_OAUTH_TOKEN:-}" ]; then
  credential=$CLAUDE_CODE_OAUTH_TOKEN
  export CLAUDE_CODE_OAUTH_TOKEN_FILE_DESCRIPTOR=3
else
  credential=${ANTHROPIC_API_KEY:-}
  export CLAUDE_CODE_API_KEY_FILE_DESCRIPTOR=3
fi
unset ANTHROPIC_API_KEY ANTHROPIC_AUTH_TOKEN CLAUDE_CODE_OAUTH_TOKEN

exec "$@" 3<<END
$credential
END
