import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { CLI } from './boot/bundle.ts';

const run = promisify(execFile);

const CELLS = path.join(import.meta.dirname, '../../example-project/cells');

interface Booted {
  code: number;
  cells: { cell: string | null; verdict: string; line: string | null; console: string[] }[];
}

/** Builds an example's machine, and boots what is in the tarball. */
async function bootMachine(name: string, ...options: string[]): Promise<Booted> {
  const folder = await mkdtemp(path.join(tmpdir(), 'box-machine-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await run(process.execPath, [CLI, 'build', path.join(CELLS, `${name}.machine.yaml`), '-o', folder]);
  const args = [CLI, 'boot', '--json', ...options, path.join(folder, `${name}.tar`)];
  const { code, stdout } = await run(process.execPath, args).then(
    ({ stdout: text }) => ({ code: 0, stdout: text }),
    (error: { code: number; stdout: string }) => error,
  );
  return { code, cells: (JSON.parse(stdout) as { subjects: Booted['cells'] }).subjects };
}

test('both cells of the x86 machine reach init, the one without a UART as well', async () => {
  const { code, cells } = await bootMachine('x86');
  expect(cells).toMatchObject([
    { cell: 'linux-x86-demo', verdict: 'booted', line: expect.stringMatching(/^user space on CPU [23],/) },
    { cell: 'worker', verdict: 'booted', line: expect.stringMatching(/^user space on CPU 1,/), console: [] },
  ]);
  expect(code).toBe(0);
});

test('of the arm64 machine, the cell with a UART answers; without one, nothing can be seen', async () => {
  // A third of it without output is longer than the first cell takes to say its first line.
  const { code, cells } = await bootMachine('arm64', '--expect', 'guest end', '--timeout', '12');
  expect(cells).toMatchObject([
    { cell: 'linux-arm64-demo', verdict: 'booted', line: expect.stringContaining('guest end') },
    { cell: 'worker', verdict: 'undecided', console: [] },
    { cell: 'hello', verdict: 'skipped' },
  ]);
  expect(code).toBe(4);
});
