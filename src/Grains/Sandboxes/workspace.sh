#!/bin/sh
# Copies the workspace: the home folder without the server's own folder in it.
#
#   workspace.sh pack FINGERPRINT LIMIT  make the archive, unless the files are those of FINGERPRINT (empty: none known)
#   workspace.sh unpack                  put the files of the archive into the workspace
#   workspace.sh discard                 remove the archive, and stop who is making it
#
# pack says on its last line what became of it: "untouched" (nothing was changed since the sandbox was made),
# "unchanged", "oversized FINGERPRINT" (the archive would have more than LIMIT bytes) or "packed FINGERPRINT".
# Needs GNU find and tar. Exit code 74: it did not work, and standard error says why.
set -u

verb=$1
# In the folder that is not copied, not in /tmp, which sandboxes without isolation share.
dir=.colloquy/workspace
archive=$dir/archive.tar.gz
marker=.colloquy/lease

fail() {
  echo "workspace: $1" >&2
  exit 74
}

touched() {
  [ ! -e "$marker" ] || [ -n "$(find . -mindepth 1 -path ./.colloquy -prune -o -cnewer "$marker" -print -quit)" ]
}

# Names, kinds, sizes and times, not contents: as cheap as looking at each file once.
fingerprint() {
  find . -mindepth 1 -path ./.colloquy -prune -o -type d -printf '%y %m %T@ %P\0' -o -printf '%y %m %s %T@ %P %l\0' |
    LC_ALL=C sort -z | sha256sum | cut -d ' ' -f 1
}

pack() {
  # What the user waits for comes first.
  renice -n 19 -p $$ >/dev/null 2>&1
  discard
  [ -n "$1" ] || touched || { echo untouched; return; }
  # Before the archive: what changes while it is made is then seen as a change the next time.
  now=$(fingerprint)
  [ "$now" != "$1" ] || { echo unchanged; return; }

  mkdir -p "$dir" || fail "cannot create $dir"
  {
    # The name of this process is that of tar, so that discard finds it. Files that the agent has made unreadable are
    # left out rather than everything.
    sh -c 'echo $$ >"$0/pid"; exec tar --create --format=posix --ignore-failed-read --anchored --exclude=./.colloquy .' "$dir"
    echo $? >"$dir/status"
  } 2>"$dir/err" | gzip -1 | head -c "$(($2 + 1))" >"$archive"

  if [ "$(stat -c %s "$archive")" -gt "$2" ]; then
    rm -rf "$dir"
    echo "oversized $now"
    return
  fi
  # 1 is a file that changed while it was read.
  [ "$(cat "$dir/status")" -le 1 ] || fail "tar failed: $(tail -c 1000 "$dir/err")"
  echo "packed $now"
}

unpack() {
  tar --extract --gzip --preserve-permissions --file "$archive"
  code=$?
  rm -rf "$dir"
  [ "$code" -eq 0 ] || fail "tar failed with exit code $code"
}

discard() {
  if { read -r pid <"$dir/pid"; } 2>/dev/null && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = tar ]; then
    kill "$pid"
  fi
  rm -rf "$dir"
}

cd "$HOME" || fail "there is no home folder"
case $verb in
  pack) pack "$2" "$3" ;;
  unpack) unpack ;;
  discard) discard ;;
  *) fail "unknown verb: $verb" ;;
esac
