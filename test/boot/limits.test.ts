import { expect, test } from 'vitest';
import { expired, hasLingered, limitsOf } from '../../src/boot/limits.ts';

const limits = limitsOf(60);
const usage = { cpu: 5, elapsed: 10, silentCpu: 1, silentElapsed: 2 };

test.each([
  ['all is well', {}, null],
  ['its CPU time', { cpu: 60 }, 'QEMU used 60 s of CPU time'],
  [
    'CPU time without a word',
    { silentCpu: 20, silentElapsed: 30 },
    'nothing was printed for 20 s of CPU time',
  ],
  [
    'a guest that sleeps',
    { silentCpu: 0.3, silentElapsed: 10 },
    'nothing was printed for 10 s, and the guest is idle',
  ],
  ['a guest on a machine that is busy is given its time', { silentCpu: 4, silentElapsed: 60 }, null],
  ['but not for ever', { elapsed: 600, silentElapsed: 3 }, '600 s passed'],
])('%s', (_, changes, why) => {
  expect(expired(limits, { ...usage, ...changes })).toBe(why);
});

test('after the first sign of init, its death is waited for a moment', () => {
  expect(hasLingered({ cpu: 0.5, silentCpu: 0.4, silentElapsed: 0.6 })).toBe(false);
  expect(hasLingered({ cpu: 1.5, silentCpu: 0, silentElapsed: 0 })).toBe(true);
  expect(hasLingered({ cpu: 0.1, silentCpu: 0.02, silentElapsed: 1.2 })).toBe(true);
});
