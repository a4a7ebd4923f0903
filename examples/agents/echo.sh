#!/bin/sh
# The smallest agent: it says what it was told and how long the conversation is, and runs one command.
# The contract is in docs/agents.md, "Bring your own agent". Needs a POSIX shell and awk.
set -eu

# Text as a JSON string.
json() {
  printf '%s' "$1" | tr -d '\000-\010\013-\037' | awk '
    BEGIN { printf "\"" }
    NR > 1 { printf "\\n" }
    { gsub(/["\\]/, "\\\\&"); gsub(/\t/, "\\t"); printf "%s", $0 }
    END { printf "\"" }'
}

say() {
  printf '{"type":"assistant","message":{"id":"%s","model":"echo-1","content":[%s]}}\n' "$1" "$2"
}

prompt=$(cat)
earlier=0
[ ! -e "$HISTORY" ] || earlier=$(grep -c '"role":"user"' "$HISTORY" || true)

# A tool call and its result are two lines, joined by the id.
say message_1 '{"type":"tool_use","id":"tool_1","name":"date","input":{}}'
date=$(date -u +%F)
printf '{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"tool_1","content":%s}]}}\n' "$(json "$date")"

answer="You said: $prompt (after $earlier earlier messages, on $date)"
say message_2 "{\"type\":\"text\",\"text\":$(json "$answer")}"

# The last line: how it went, and what is to be booked. Models without a price are booked as tokens only.
printf '{"type":"result","subtype":"success","is_error":false,"result":%s,"model":"echo-1","usage":{"input_tokens":%d,"output_tokens":%d}}\n' \
  "$(json "$answer")" "${#prompt}" "${#answer}"
