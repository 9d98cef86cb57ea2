import { afterEach, expect, test, vi } from 'vitest';
import { endingOnSignals } from '../../src/inputs/signals.ts';

const removed = new Map<NodeJS.Signals, NodeJS.SignalsListener[]>();

/** Whoever runs the tests may listen, too. */
function withoutListeners(signal: NodeJS.Signals): void {
  removed.set(signal, process.listeners(signal) as NodeJS.SignalsListener[]);
  process.removeAllListeners(signal);
}

afterEach(() => {
  for (const [signal, listeners] of removed) for (const each of listeners) process.on(signal, each);
  removed.clear();
  vi.restoreAllMocks();
});

test('a signal during a job ends the process as at its end; after the job nobody listens', async () => {
  withoutListeners('SIGINT');
  const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never);
  await Promise.all([
    endingOnSignals(async () => undefined),
    endingOnSignals(async () => {
      await Promise.resolve();
      process.emit('SIGINT', 'SIGINT');
    }),
  ]);
  expect(exit.mock.calls).toEqual([[130]]);
  expect(process.listenerCount('SIGINT')).toBe(0);
});

test('who listens too decides', async () => {
  withoutListeners('SIGTERM');
  const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never);
  const other = vi.fn<() => void>();
  process.once('SIGTERM', other);
  process.on('SIGTERM', other);
  await endingOnSignals(async () => void process.emit('SIGTERM', 'SIGTERM'));
  process.off('SIGTERM', other);
  expect(other).toHaveBeenCalledTimes(2);
  expect(exit).not.toHaveBeenCalled();
});

test('a job that fails takes the listeners with it', async () => {
  withoutListeners('SIGHUP');
  await expect(endingOnSignals(() => Promise.reject(new Error('a fault')))).rejects.toThrow('a fault');
  expect(process.listenerCount('SIGHUP')).toBe(0);
});
