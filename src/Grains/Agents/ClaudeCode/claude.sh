#!/bin/sh
# Becomes the Claude Code CLI for one turn. The CLI keeps its own record of the conversation, tools and all, and goes
# on with it if it has everything up to this turn; else it begins a new one and is told what was said so far.
#
#   . claude.sh NUMBER CONVERSATION MESSAGE FLAG...
#
# NUMBER is the turn's; CONVERSATION and MESSAGE are the UUIDs of a conversation that begins now and of this turn's
# message. Standard input is the line that the CLI reads, from the text block of the message on. cli.sh says what the
# environment has. Exit code 127: there is no CLI.
set -u

number=$1 conversation=$2 message=$3
shift 3

# Not in the workspace: what the CLI notes for itself is no change to the user's files, no part of their copies, and
# a copy of it could be older than the conversation.
export CLAUDE_CONFIG_DIR="$HOME/.colloquy/claude"
last=$CLAUDE_CONFIG_DIR/last-turn

# How much of the history the model is told, in bytes: the newest of it.
told=400000

# Does the CLI have the turn before this one in its record? Sets $known to its conversation.
# A turn that never got here left no message; a turn that was cut off may or may not have.
recall() {
  { read -r known asked turn tries folder <"$last"; } 2>/dev/null || return 1
  [ "$turn" = "$((number - 1))" ] || return 1
  grep -qsF "\"uuid\":\"$asked\"" "$CLAUDE_CONFIG_DIR"/projects/*/"$known.jsonl" || return 1

  # After two failures in a row the record itself may be what fails. A signal (128 and more) is no failure.
  code=0
  { read -r code <"$folder/exit"; } 2>/dev/null
  case $code in 0 | 12[89] | 1[3-9]? | 2??) tries=0 ;; *) tries=$((tries + 1)) ;; esac
  [ "$tries" -lt 2 ]
}

# The history's lines are JSON in ASCII or UTF-8 without raw control characters, so that quoting two characters makes
# them part of a JSON string. A first line that is cut is dropped, unless it is all there is.
history_block() {
  [ -s "$HISTORY" ] || return 0
  cut='' drop=''
  if [ "$(wc -c <"$HISTORY")" -gt "$told" ]; then
    # shellcheck disable=SC2016 # $ is the last line
    cut=' (its beginning is left out)' drop='1{$!d;}'
  fi
  printf '{"type":"text","text":"<conversation>\\n'
  tail -c "$told" "$HISTORY" | LC_ALL=C sed -e "$drop" -e 's/[\\"]/\\&/g' -e 's/$/\\n/' | tr -d '\n'
  printf '</conversation>\\n'
  printf 'This is your conversation with the user so far%s, one JSON object per line, without the tools you used.' "$cut"
  printf ' The sandbox may be another one by now, with older files: look before you rely on them. The next message follows."},'
}

if ! command -v claude >/dev/null; then
  echo "claude-code: there is no program 'claude' in this sandbox. It is part of the template 'claude'; a template of" \
    "your own needs npm's @anthropic-ai/claude-code in its path." >&2
  exit 127
fi

[ ! -e "$TURN_DIR/system.txt" ] || set -- "$@" "--append-system-prompt-file=$TURN_DIR/system.txt"
[ ! -e "$TURN_DIR/mcp.json" ] || set -- "$@" "--mcp-config=$TURN_DIR/mcp.json"

mkdir -p "$CLAUDE_CONFIG_DIR" || exit
# Into a file rather than a pipe: this process becomes the CLI, so that signals and exit codes are the CLI's.
input=$TURN_DIR/input
printf '{"type":"user","message":{"role":"user","content":[' >"$input" || exit
if recall; then
  conversation=$known
  set -- "$@" "--resume=$conversation"
else
  tries=0
  set -- "$@" "--session-id=$conversation"
  history_block >>"$input" || exit
fi
cat >>"$input" || exit
echo "$conversation $message $number $tries $TURN_DIR" >"$last" || exit

exec <"$input"
set -- claude "$@"
. "$TURN_DIR/cli.sh"
