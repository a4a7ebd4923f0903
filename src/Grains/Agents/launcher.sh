#!/bin/sh
# Runs one agent so that it outlives whoever asked for it, and shows what it writes.
#
#   launcher.sh run DIR [NAME CONTENT]...
#                                  write these files, start the agent of this turn, once and never again, and follow
#                                  its output
#   launcher.sh follow DIR OFFSET  show the output from a byte offset on, until the agent has ended
#   launcher.sh stop DIR           end the agent and everything in its process group
#
# DIR holds prompt (the agent's standard input) and command.sh (adds what is new to the history, then becomes the
# agent, in a session of its own). It receives out.jsonl, err and exit. Needs GNU tail, base64, setsid and /proc.
#
# Exit codes: 0 the agent has ended and all its output was shown; 74 the turn's folder cannot be used; 75 it was
# started before; 76 it was started and nobody can say any more how it ended; 77 it was never started.
set -u

verb=$1
dir=$2
shift 2
case $dir in /*) ;; *) dir=$HOME/$dir ;; esac
out=$dir/out.jsonl
history=$HOME/.colloquy/history.jsonl

fail() {
  echo "launcher: $2" >&2
  exit "$1"
}

# Sets $identity to the number and the start time of a process: after a cold boot a number alone may name another one.
identify() {
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  pid=${stat%% *}
  # shellcheck disable=SC2086 # the fields after the name, which may contain blanks, are meant to be split
  set -- ${stat##*) }
  [ "$1" != Z ] || return 1
  identity="$pid ${20}"
}

# Is the process that this file names still there? Sets $pid.
alive() {
  { read -r noted <"$1"; } 2>/dev/null && identify "${noted%% *}" && [ "$noted" = "$identity" ]
}

# A file that the starting launcher is about to write: allow it a second.
await() {
  tries=0
  while [ ! -s "$1" ] && [ "$tries" -lt 50 ]; do
    sleep 0.02
    tries=$((tries + 1))
  done
}

run() {
  [ $# -eq 0 ] || [ -d "$dir" ] || mkdir -p "$dir"
  # Creating a file exclusively is as atomic as mkdir, and costs no process.
  set -C
  if ! { true >"$dir/started"; } 2>/dev/null; then
    [ ! -e "$dir/started" ] || fail 75 "this turn was started before: $dir"
    fail 74 "cannot write to $dir"
  fi
  set +C
  while [ $# -gt 1 ]; do
    printf %s "$2" >"$dir/$1" || fail 74 "cannot write $dir/$1"
    shift 2
  done

  [ -d "${history%/*}" ] || mkdir -p "${history%/*}" || fail 74 "cannot create ${history%/*}"

  # A pipeline rather than &, which would leave the agent deaf to SIGINT and SIGQUIT. This shell stays to reap the
  # waiter, because tail takes a zombie for a living process.
  wait_for_agent </dev/null 2>/dev/null | {
    read -r _ || fail 74 "cannot note the waiter in $dir"
    follow 0
  }
}

# The only witness of the exit code: it must not end with the client's side.
wait_for_agent() {
  trap '' HUP INT TERM
  : >>"$out" && identify self && echo "$identity" >"$dir/waiter" && echo ready || exit
  exec >/dev/null

  (
    trap - HUP INT TERM
    exec 2>>"$dir/err"
    identify self && echo "$identity" >"$dir/pid" && cd "$HOME" || exit
    # For appending, because what the agent leaves running may write after its exit.
    exec <"$dir/prompt" >>"$out"
    export TURN_DIR="$dir" HISTORY="$history"
    . "$dir/command.sh"
  )
  code=$?

  stderr=
  [ ! -s "$dir/err" ] || stderr=$(tail -c 4096 "$dir/err" | base64 -w 0)
  # The newline before it ends a line that the agent left open. Looking whether it did would cost a process, and a
  # blank line costs nothing.
  printf '\n{"type":"launcher_exit","exit_code":%d,"stderr":"%s"}\n' "$code" "$stderr" >>"$out" || exit

  # After the line: who finds this file finds all of the output. Renamed, so that it is never seen half written.
  echo "$code" >"$dir/exit.new" && mv "$dir/exit.new" "$dir/exit"
}

follow() {
  [ -e "$dir/started" ] || fail 77 "no agent was started in $dir"
  await "$dir/waiter"
  # tail learns of new bytes at once (inotify); the interval is how soon it notices that the waiter is gone. Without
  # the waiter, the agent may still be writing.
  if alive "$dir/waiter" || alive "$dir/pid"; then
    tail -c "+$(($1 + 1))" -f -s 0.05 --pid="$pid" "$out"
  elif [ -e "$out" ]; then
    tail -c "+$(($1 + 1))" "$out"
  fi
  [ -e "$dir/exit" ] || fail 76 "nobody can say how the agent in $dir ended"
}

# The agent has no process group of its own in its first instants.
signal() {
  kill -s "$1" -- "-$agent" 2>/dev/null || kill -s "$1" "$agent" 2>/dev/null
}

stop() {
  [ -e "$dir/started" ] || return 0
  await "$dir/pid"
  [ ! -e "$dir/exit" ] && alive "$dir/pid" || return 0
  agent=$pid
  signal TERM
  tries=0
  while signal 0; do
    if [ "$tries" -eq 13 ]; then
      signal KILL
      return 0
    fi
    sleep 0.05
    tries=$((tries + 1))
  done
}

case $verb in
  run) run "$@" ;;
  follow) follow "$1" ;;
  stop) stop ;;
  *) fail 64 "unknown verb: $verb" ;;
esac
