// What the measurements share: a process's time, and tasks that take turns.
import { spawnSync } from 'node:child_process';

/** Milliseconds that a command takes. */
export function run(command, words, { cwd, env = {}, expected = [0] } = {}) {
  const started = performance.now();
  const { status, stderr, error } = spawnSync(command, words, {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
  const ms = performance.now() - started;
  if (!expected.includes(status))
    throw new Error(`${command} ${words.join(' ')} failed: ${error?.message ?? stderr}`);
  return ms;
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Medians of several tasks that take turns, so that a busy moment hits all of them alike. */
export function interleave(times, tasks) {
  const results = Object.fromEntries(Object.keys(tasks).map((name) => [name, []]));
  for (let round = 0; round < times; round++) {
    for (const [name, task] of Object.entries(tasks)) results[name].push(task());
  }
  return Object.fromEntries(Object.entries(results).map(([name, values]) => [name, median(values)]));
}
