import { expect } from 'vitest';

/** Gives the milliseconds of processor time since now: other work on the machine does not count. */
export function cpuTime(): () => number {
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
}

/**
 * The result of a job that must not take longer than this. To ask for processor time costs more than a short job, so it is
 * asked only where the clock says that it took longer, in a second run.
 */
export function quickly<T>(milliseconds: number, job: () => T): T {
  const began = performance.now();
  const result = job();
  if (performance.now() - began <= milliseconds) return result;
  const spent = cpuTime();
  job();
  expect(spent()).toBeLessThan(milliseconds);
  return result;
}
