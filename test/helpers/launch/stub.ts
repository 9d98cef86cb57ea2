/**
 * Stands in for the `jailhouse` tool: records its arguments and edits the fake sysfs.
 *
 * - `STUB_FAIL`: steps that exit with 7 and do nothing else, e.g. `load destroy`
 * - `STUB_RACE`: `create` fails because somebody else has made the cell
 * - `STUB_HANG`: the step that takes long: `load` half a minute, others a second
 * - `STUB_STUCK`: the step that does not end at all
 * - `STUB_SWAP`: the step before which another program destroys the cell and creates one of that name; `STUB_GONE`: which
 *   it destroys only
 * - `STUB_VANISH`: another program destroys the cell some time after `start`
 * - `STUB_REPLACE`: the file of the bundle that somebody replaces while the cell is created; it must not be loaded
 * - `STUB_DEAF`: a `load` that takes long does not end at a signal; the cell cannot be destroyed meanwhile
 * - `STUB_MARK`: the step after which it says so; a test sends its signal then
 * - `STUB_FAILED_CPUS`: the CPUs that are parked after `start`
 * - `STUB_FOLLOW`: `console` does not end
 * - `STUB_STATE`: what the cell's state is after `start`
 * - `STUB_MACHINE`: several cells, each with its name in its config; steps are also `load:linux` then, and
 *   `STUB_FAILED` is the one that fails after `start`
 */
export const STUB = `#!/bin/sh
{
  printf '%s' "$1"
  for word in "$@"; do
    [ -n "$first" ] && printf '\\0%s' "$word"
    first=no
  done
  printf '\\0\\0'
} >>"$STUB_LOG"

step=$1
[ "$step" = cell ] && step=$2
cell=$JAILHOUSE_SYSFS/cells/3
name=$STUB_CELL
if [ -n "$STUB_MACHINE" ]; then
  name=$3
  [ "$name" != --name ] || name=$4
  [ "$step" != create ] || read -r name <"$3"
  cell=$JAILHOUSE_SYSFS/cells/$name
fi

if [ "$step" = "$STUB_HANG" ] || [ "$step:$name" = "$STUB_HANG" ]; then
  [ -n "$STUB_DEAF" ] && trap '' TERM && : >"$STUB_LOG.busy"
  : >"$STUB_LOG.reached"
  [ "$step" = load ] && [ -z "$STUB_DEAF" ] && exec sleep 30
  sleep 1
  rm -f "$STUB_LOG.busy"
fi
[ "$step" != "$STUB_STUCK" ] || exec sleep 60
if [ "$step" = "$STUB_SWAP" ] || [ "$step" = "$STUB_GONE" ]; then
  mkdir -p "$STUB_LOG.gone"
  mv "$cell" "$STUB_LOG.gone/$$"
  [ "$step" = "$STUB_SWAP" ] || exit 2
  mkdir "$cell"
  printf '%s\\n' "$name" >"$cell/name"
  echo running >"$cell/state"
fi
for failing in $STUB_FAIL; do
  [ "$step" = "$failing" ] && exit 7
  [ "$step:$name" = "$failing" ] && exit 7
done

case $step in
  enable) echo 1 >"$JAILHOUSE_SYSFS/enabled" ;;
  create)
    mkdir "$cell" 2>/dev/null || exit 17
    printf '%s\\n' "$name" >"$cell/name"
    echo 'shut down' >"$cell/state"
    [ -n "$STUB_RACE" ] && exit 17
    [ -z "$STUB_REPLACE" ] || echo replaced >"$STUB_BUNDLE/$STUB_REPLACE"
    ;;
  load)
    [ -d "$cell" ] || exit 2
    for word in "$@"; do
      [ ! -f "$word" ] || ! grep -q replaced "$word" || exit 66
    done
    ;;
  start)
    [ "$name" != "$STUB_FAILED" ] || STUB_STATE=failed
    echo "\${STUB_STATE:-running}" >"$cell/state"
    echo "\${STUB_FAILED_CPUS-}" >"$cell/cpus_failed_list"
    [ -z "$STUB_VANISH" ] || { sleep 1 && mkdir -p "$STUB_LOG.gone" && mv "$cell" "$STUB_LOG.gone/late"; } >/dev/null 2>&1 &
    ;;
  shutdown) echo 'shut down' >"$cell/state" ;;
  destroy)
    [ -e "$STUB_LOG.busy" ] && exit 16
    # Kept elsewhere, so that the folder's number is not given again.
    mkdir -p "$STUB_LOG.gone"
    mv "$cell" "$STUB_LOG.gone/$$"
    ;;
  console)
    printf 'from the tool %s\\nUnhandled MSR read: 1a0' "$2"
    [ -z "$STUB_FOLLOW" ] || { : >"$STUB_LOG.reached" && exec sleep 30; }
    ;;
  *) exit 64 ;;
esac
[ "$step" = "$STUB_MARK" ] && : >"$STUB_LOG.reached"
exit 0
`;

/**
 * Stands in for every hook: records its name, and the cell as it is then.
 *
 * - `STUB_FAIL`: hooks that exit with 7
 * - `STUB_HANG`: the hook that does not end, nor what it started
 */
export const HOOK = `#!/bin/sh
printf '%s:%s:%s\\0\\0' "$LAUNCH_HOOK" "$LAUNCH_CELL_ID" "$LAUNCH_CELL_STATE" >>"$STUB_LOG"
if [ "$LAUNCH_HOOK" = "$STUB_HANG" ]; then
  : >"$STUB_LOG.reached"
  sleep 61
fi
for failing in $STUB_FAIL; do
  [ "$LAUNCH_HOOK" != "$failing" ] || exit 7
done
exit 0
`;
