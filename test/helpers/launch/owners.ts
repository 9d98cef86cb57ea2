import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { launchInput, LaunchRig } from './rig.ts';

/**
 * A `jailhouse` that notes who does what to whose cell, and takes its time.
 *
 * - `WHO`: who calls it
 * - `FAIL`: the step that fails
 * - `PAUSE`: seconds that each step takes
 * - `UNTIL`: before it fails, it waits for a cell of that one, but not for long
 */
const OWNERS = `#!/bin/sh
step=$2
cell=$JAILHOUSE_SYSFS/cells/3
owner=none
read_owner() { [ ! -e "$cell/owner" ] || read -r owner <"$cell/owner"; }
read_owner
echo "$WHO $step $owner" >>"$STUB_LOG"
/bin/sleep "\${PAUSE:-0}"
if [ "$step" = "$FAIL" ]; then
  waited=0
  while [ -n "$UNTIL" ] && [ "$owner" != "$UNTIL" ] && [ "$waited" -lt 15 ]; do
    /bin/sleep 0.05
    waited=$((waited + 1))
    read_owner
  done
  exit 7
fi
new=$STUB_LOG.new.$$
case $step in
  create)
    mkdir "$new"
    echo "$WHO" >"$new/owner"
    echo demo >"$new/name"
    echo 'shut down' >"$new/state"
    [ ! -e "$cell" ] || exit 17
    mv -T "$new" "$cell"
    ;;
  load) [ -d "$cell" ] ;;
  start) echo running >"$cell/state" ;;
  shutdown) echo 'shut down' >"$cell/state" ;;
  destroy) mv "$cell" "$STUB_LOG.gone.$$" ;;
esac
`;

/** A rig with that tool, in which a second of waiting is short. */
export async function ownersRig(): Promise<LaunchRig> {
  const rig = await LaunchRig.create(launchInput());
  await writeFile(rig.jailhouse, OWNERS);
  await rig.addTool('sleep', '[ "$1" != 1 ] || set -- 0.05\nexec /bin/sleep "$1"');
  return rig;
}

/** Nobody works on the cell while another does, and what a run destroys after it created a cell is that one. */
export async function expectOneOwner(rig: LaunchRig, title: string): Promise<void> {
  const log = join(rig.folder, 'log');
  const lines = existsSync(log) ? (await readFile(log, 'utf8')).trimEnd().split('\n') : [];
  const calls = lines.map((line) => line.split(' ') as [who: string, step: string, owner: string]);
  const turns = calls.map(([who]) => who).filter((who, index, all) => who !== all[index - 1]);
  const foreign = calls.filter(
    ([who, step, owner], index) =>
      step === 'destroy' &&
      owner !== who &&
      calls.slice(0, index).some(([other, earlier]) => other === who && earlier === 'create'),
  );
  const once = [...new Set(turns)];
  expect({ turns, foreign }, `${title}\n${lines.join('\n')}`).toEqual({ turns: once, foreign: [] });
}
