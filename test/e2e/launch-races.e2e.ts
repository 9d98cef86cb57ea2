import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'vitest';
import { expectOneOwner, ownersRig } from '../helpers/launch/owners.ts';

const DASH = { command: ['dash'], path: '/usr/bin:/bin' };
const VERBS = ['start', 'stop', 'restart'] as const;
const STEPS = ['load', 'start', ''] as const;
const INTERLEAVINGS = 200;
const AT_ONCE = 4;

/** The same numbers each time: mulberry32. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Three runs that begin one soon after another, with steps that take their time, and some that fail. */
async function expectInterleaved(seed: number): Promise<void> {
  const below = generator(seed);
  const runs = ['A', 'B', 'C'].map((who) => ({
    verb: who === 'A' ? 'start' : VERBS[below(VERBS.length)]!,
    after: below(200),
    env: { WHO: who, FAIL: STEPS[below(STEPS.length)]!, UNTIL: '', PAUSE: `0.0${below(10)}` },
  }));
  const rig = await ownersRig();
  try {
    await Promise.all(
      runs.map(async ({ verb, after, env }) => {
        await delay(after);
        await rig.run(DASH, [verb], { env: { ...env, LAUNCH_TIMEOUT: '999' } });
      }),
    );
    await expectOneOwner(rig, JSON.stringify({ seed, runs }));
  } finally {
    await rig.remove();
  }
}

test(
  `${INTERLEAVINGS} interleavings of three runs: one at a time works on the cell`,
  { timeout: 900_000 },
  async () => {
    const seeds = Array.from({ length: INTERLEAVINGS }, (_, index) => index + 1);
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift())
          await expectInterleaved(seed);
      }),
    );
  },
);
