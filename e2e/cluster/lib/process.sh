# Daemons by pid. A pid file holds the pid and its start time, so a pid that the kernel gave to another process is never signalled.
# shellcheck shell=bash

started_at() { # PID
  local stat
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  # The name in parentheses may contain blanks; the state follows it, and the start time is the 20th field after it.
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  # Dead but not yet reaped, which an init that is slow at it may leave for long.
  [ "$1" != Z ] || return 1
  echo "${20}"
}

# running NAME: prints the pid if the daemon that `start` recorded still lives.
running() {
  local pid began
  read -r pid began 2>/dev/null <"$run_dir/$1.pid" || return 1
  [ "$(started_at "$pid")" = "$began" ] || return 1
  echo "$pid"
}

# start NAME COMMAND...: does nothing if it runs already.
start() {
  local name=$1 pid
  shift
  running "$name" >/dev/null && return
  [ -f "$log_dir/$name.log" ] && mv "$log_dir/$name.log" "$log_dir/$name.log.1"
  # The lock of `up` is on descriptor 9; a daemon that kept it open would lock everyone out.
  setsid "$@" >"$log_dir/$name.log" 2>&1 </dev/null 9>&- &
  pid=$!
  echo "$pid $(started_at "$pid")" >"$run_dir/$name.pid"
}

# stop NAME...: asks all, waits up to ten seconds for each, then kills.
stop() {
  local name pid deadline
  for name; do
    pid=$(running "$name") && kill -TERM "$pid"
  done
  for name; do
    deadline=$((SECONDS + 10))
    while pid=$(running "$name"); do
      [ $SECONDS -lt $deadline ] || kill -KILL "$pid"
      sleep 0.05
    done
    rm -f "$run_dir/$name.pid"
  done
}
