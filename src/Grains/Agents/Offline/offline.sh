# The offline agent: executes the plan of one turn and prints what it does as stream-json, like the Claude Code CLI.
# It is sourced by /bin/sh in the home folder. From outside: $TURN_DIR (with plan.sh) and $HISTORY.
# Each process that is started costs more than everything else here, so the shell's own means come first.
set -u
nl='
'
model=offline-1
history_awk='
  # Prints what users asked to be remembered: the last fact about the subject, or all of them.
  # Facts stay escaped as they are in the JSON, so that they can be printed again without work.
  function hex(digits,    i, value) {
    value = 0
    for (i = 1; i <= 4; i++) value = value * 16 + index("0123456789abcdef", tolower(substr(digits, i, 1))) - 1
    return value
  }
  function utf8(point) {
    if (point < 128) return sprintf("%c", point)
    if (point < 2048) return sprintf("%c%c", 192 + int(point / 64), 128 + point % 64)
    if (point < 65536) return sprintf("%c%c%c", 224 + int(point / 4096), 128 + int(point / 64) % 64, 128 + point % 64)
    return sprintf("%c%c%c%c", 240 + int(point / 262144), 128 + int(point / 4096) % 64, 128 + int(point / 64) % 64, 128 + point % 64)
  }
  # Writers differ in what they escape. Afterwards only control characters, quotes and backslashes are.
  function plain(text,    result, code, low, length6) {
    result = ""
    while (match(text, /\\(\\|u[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F])/)) {
      result = result substr(text, 1, RSTART - 1)
      length6 = RLENGTH
      if (length6 == 2) {
        result = result "\\\\"
      } else {
        code = hex(substr(text, RSTART + 2, 4))
        if (code >= 55296 && code < 56320 && substr(text, RSTART + 6, 2) == "\\u") {
          low = hex(substr(text, RSTART + 8, 4))
          if (low >= 56320 && low < 57344) { code = 65536 + (code - 55296) * 1024 + low - 56320; length6 = 12 }
        }
        if (code == 34) result = result "\\\""
        else if (code == 92) result = result "\\\\"
        else if (code < 32 || (code >= 55296 && code < 57344)) result = result substr(text, RSTART, 6)
        else result = result utf8(code)
      }
      text = substr(text, RSTART + length6)
    }
    return result text
  }
  function about(fact) {
    fact = tolower(fact)
    sub(/^(the|my|your|our|a|an) +/, "", fact)
    if (substr(fact, 1, length(subject)) != subject) return 0
    return substr(fact, length(subject) + 1) ~ /^( is | are | was | were |=|:)/
  }
  function note(fact) {
    if (subject == "") { if (fact != "") found = found (found == "" ? "" : "; ") fact }
    else if (about(fact)) found = fact
  }
  BEGIN { subject = ENVIRON["subject"] }
  /"role" *: *"user"/ && match($0, /"text" *: *"/) {
    text = plain(substr($0, RSTART + RLENGTH))
    sub(/"[^"]*$/, "", text)
    low = tolower(text)
    while (match(low, /(^|[.!?;,] *|\\n *|then |please |first |and )remember /)) {
      text = substr(text, RSTART + RLENGTH)
      sub(/^that +/, "", text)
      low = tolower(text)
      fact = text
      if (match(fact, /[.!?]+( |\\n|\\r|$)/)) fact = substr(fact, 1, RSTART - 1)
      else if (match(fact, /\\n/)) fact = substr(fact, 1, RSTART - 1)
      if (match(tolower(fact), /,? (and )?then /)) fact = substr(fact, 1, RSTART - 1)
      sub(/ +$/, "", fact)
      note(fact)
    }
  }
  END { printf "%s", found }'

# Prints its two files as JSON strings without quotes, one line each; at most 30000 bytes of each, as the CLI does.
escape_awk='
  BEGIN {
    for (i = 1; i < 32; i++) control[sprintf("%c", i)] = sprintf("\\u%04x", i)
    control["\t"] = "\\t"; control["\r"] = "\\r"; control["\b"] = "\\b"; control["\f"] = "\\f"
    # Some awks hold strings with NUL bytes; to others the pattern is empty and would match everywhere.
    knows_nul = "a" !~ /\000/
    for (file = 1; file <= 2; file++) {
      left = 30000
      first = 1
      while (left > 0 && (getline line < ARGV[file]) > 0) {
        if (!first) printf "\\n"
        first = 0
        cut = length(line) > left
        if (cut) line = substr(line, 1, left)
        left -= length(line) + 1
        gsub(/\\/, "&&", line)
        gsub(/"/, "\\\\&", line)
        if (knows_nul) gsub(/\000/, "\\u0000", line)
        if (line ~ /[\001-\037]/) for (character in control) gsub(character, control[character], line)
        printf "%s", line
        if (cut || left <= 0) printf "\\n[cut: the output is longer than 30000 bytes]"
      }
      printf "\n"
    }
  }'

# begin SESSION TURN PROMPT_BYTES
begin() {
  session=$1 turn=$2 fresh=$3
  calls=0 text= answer= input=0 output=0 written=0 read=0
  total_input=0 total_output=0 total_written=0 total_read=0
  : "${HISTORY:=}"
  if [ -s "$HISTORY" ]; then
    read=$(wc -c <"$HISTORY")
    read=$(((read + 3) / 4))
  fi
  printf '{"type":"system","subtype":"init","cwd":"%s","session_id":"%s","tools":["Bash","Read","Write"],"model":"%s","apiKeySource":"none"}\n' \
    '~' "$session" "$model"
  begin_call
  print_text "I am the offline agent, a deterministic program for demos: I follow fixed rules and no model is called."
}

# Nobody is asked anything here: a call stands for each time that a model would be asked, and its tokens are a
# quarter of the bytes that would be sent and answered. What earlier calls sent is read from the cache, what the last
# call sent and answered is written to it, and what is new to this call is plain input.
begin_call() {
  calls=$((calls + 1))
  id=msg_${turn}_$calls
  read=$((read + written))
  written=$((input + output))
  input=$(((fresh + 3) / 4))
  [ "$input" -gt 0 ] || input=1
  said=0 blocks=0
  printf '{"type":"stream_event","event":{"type":"message_start","message":{"id":"%s","type":"message","role":"assistant","model":"%s","content":[],"stop_reason":null,"usage":' "$id" "$model"
  print_usage 1
  printf '}},"session_id":"%s","parent_tool_use_id":null,"api_message_id":"%s"}\n' "$session" "$id"
}

# print_usage OUTPUT_TOKENS
print_usage() {
  printf '{"input_tokens":%s,"cache_creation_input_tokens":%s,"cache_read_input_tokens":%s,"cache_creation":{"ephemeral_5m_input_tokens":%s,"ephemeral_1h_input_tokens":0},"output_tokens":%s}' \
    "$input" "$written" "$read" "$written" "$1"
}

# end_call STOP_REASON
end_call() {
  output=$(((said + 3) / 4))
  [ "$output" -gt 0 ] || output=1
  total_input=$((total_input + input)) total_output=$((total_output + output))
  total_written=$((total_written + written)) total_read=$((total_read + read))
  printf '{"type":"stream_event","event":{"type":"message_delta","delta":{"stop_reason":"%s"},"usage":' "$1"
  print_usage "$output"
  printf '},"session_id":"%s","parent_tool_use_id":null,"api_message_id":"%s"}\n' "$session" "$id"
  printf '{"type":"stream_event","event":{"type":"message_stop"},"session_id":"%s","parent_tool_use_id":null,"api_message_id":"%s"}\n' "$session" "$id"
}

# print_block JSON
print_block() {
  said=$((said + ${#1})) blocks=$((blocks + 1))
  printf '{"type":"assistant","message":{"id":"%s","type":"message","role":"assistant","model":"%s","content":[%s],"stop_reason":null},"parent_tool_use_id":null,"session_id":"%s"}\n' \
    "$id" "$model" "$1" "$session"
}

# print_text JSON_TEXT
print_text() {
  print_block "{\"type\":\"text\",\"text\":\"$1\"}"
}

# say JSON_TEXT: joins what is said in a row to one message.
say() {
  text="$text${text:+\\n}$1"
}

flush() {
  [ -n "$text" ] || return 0
  print_text "$text"
  answer=$text
  text=
}

# tool NAME INPUT IF_SILENT BEFORE AFTER COMMAND...: all but the name and the command are JSON.
tool() {
  name=$1 arguments=$2 silent=$3 before=$4 after=$5
  shift 5
  flush
  tool_id=toolu_${turn}_$calls
  print_block "{\"type\":\"tool_use\",\"id\":\"$tool_id\",\"name\":\"$name\",\"input\":$arguments}"
  end_call tool_use
  "$@" >"$TURN_DIR/tool.out" 2>"$TURN_DIR/tool.err" </dev/null
  code=$?
  both=$(LC_ALL=C awk "$escape_awk" "$TURN_DIR/tool.out" "$TURN_DIR/tool.err")
  out=${both%%"$nl"*}
  err=${both#*"$nl"}
  if [ "$both" = "$out" ]; then err=; fi
  content=$out${out:+${err:+\\n}}$err
  failed=false
  if [ "$code" -ne 0 ]; then
    failed=true
    content="Exit code $code${content:+\\n}$content"
  fi
  printf '{"type":"user","message":{"role":"user","content":[{"tool_use_id":"%s","type":"tool_result","content":"%s","is_error":%s}]},"parent_tool_use_id":null,"session_id":"%s","tool_use_result":{"stdout":"%s","stderr":"%s","exit_code":%s,"interrupted":false}}\n' \
    "$tool_id" "$content" "$failed" "$session" "$out" "$err" "$code"
  fresh=${#content}
  begin_call
  if [ "$failed" = true ]; then
    say "That failed with exit code $code.${out:+\\nIt printed:\\n}$out${err:+\\nOn standard error:\\n}$err"
  else
    if [ -n "$out" ]; then say "$before$out$after"; else say "$silent"; fi
    if [ -n "$err" ]; then say "On standard error:\\n$err"; fi
  fi
}

# write_file PATH CONTENT
write_file() {
  case $1 in
    */*) mkdir -p -- "${1%/*}/" || return ;;
  esac
  printf '%s' "$2" >"$1"
}

# read_file PATH
read_file() {
  cat -- "$1"
}

# recall JSON_SUBJECT JSON_TEXT_IF_UNKNOWN
recall() {
  found=
  if [ -s "$HISTORY" ]; then
    found=$(LC_ALL=C subject=$1 awk "$history_awk" "$HISTORY")
  fi
  if [ -n "$found" ]; then say "You told me: $found."; else say "$2"; fi
}

# print_event JSON: one of the call that runs
print_event() {
  printf '{"type":"stream_event","event":%s,"session_id":"%s","parent_tool_use_id":null,"api_message_id":"%s"}\n' "$1" "$session" "$id"
}

# print_delta JSON_TEXT
print_delta() {
  print_event "{\"type\":\"content_block_delta\",\"index\":$blocks,\"delta\":{\"type\":\"text_delta\",\"text\":\"$1\"}}"
}

# speak JSON_TEXT: word by word, as models do. It is cut at spaces only, which are part of no escape.
speak() {
  flush
  rest=$1
  print_event "{\"type\":\"content_block_start\",\"index\":$blocks,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}"
  while [ "${rest#* }" != "$rest" ]; do
    print_delta "${rest%% *} "
    rest=${rest#* }
    sleep 0.1
  done
  print_delta "$rest"
  print_text "$1"
  answer=$1
}

# emit COUNT
emit() {
  flush
  awk -v count="$1" -v id="$id" -v model="$model" -v session="$session" 'BEGIN {
    for (i = 1; i <= count; i++)
      printf "{\"type\":\"assistant\",\"message\":{\"id\":\"%s\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"%s\",\"content\":[{\"type\":\"text\",\"text\":\"Event %d of %d.\"}],\"stop_reason\":null},\"parent_tool_use_id\":null,\"session_id\":\"%s\"}\n", id, model, i, count, session
  }'
  said=$((said + $1 * (12 + 2 * ${#1}))) blocks=$((blocks + $1))
  say "Emitted $1 events."
}

# fail EXIT_CODE JSON_TEXT MESSAGE: ends as a crash does, without a result.
fail() {
  say "$2"
  flush
  end_call end_turn
  printf '%s\n' "$3" >&2
  exit "$1"
}

finish() {
  flush
  end_call end_turn
  models="{\"$model\":{\"inputTokens\":$total_input,\"outputTokens\":$total_output,\"cacheReadInputTokens\":$total_read,\"cacheCreationInputTokens\":$total_written,\"cacheCreationEphemeral5mInputTokens\":$total_written,\"cacheCreationEphemeral1hInputTokens\":0,\"canonicalModel\":\"$model\"}}"
  printf '{"type":"result","subtype":"success","is_error":false,"num_turns":%s,"stop_reason":"end_turn","terminal_reason":"completed","session_id":"%s","result":"%s","usage":{"input_tokens":%s,"cache_creation_input_tokens":%s,"cache_read_input_tokens":%s,"cache_creation":{"ephemeral_5m_input_tokens":%s,"ephemeral_1h_input_tokens":0},"output_tokens":%s},"modelUsage":%s,"model_usage_since_last_result":%s}\n' \
    "$calls" "$session" "$answer" "$total_input" "$total_written" "$total_read" "$total_written" "$total_output" "$models" "$models"
}

. "$TURN_DIR/plan.sh"
