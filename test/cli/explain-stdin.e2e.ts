import { readFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Folder } from '../helpers/cell-files.ts';
import { inShell, runProcess } from '../helpers/cli.ts';

const LOG = path.join(import.meta.dirname, '../fixtures/explain/x86-uart.log');

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create();
});
afterAll(() => folder.remove());

describe('standard input', () => {
  const explainInput = async (
    input: Uint8Array,
  ): Promise<{ code: number | null; stdout: string; stderr: string }> => {
    const child = spawn(process.execPath, [inject('cli'), 'explain', '-']);
    const outcome = { code: null as number | null, stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (outcome.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (outcome.stderr += text));
    child.stdin.on('error', () => undefined).end(input);
    const [code] = (await once(child, 'close')) as [number | null];
    return { ...outcome, code };
  };

  test('is read with -', async () => {
    const { code, stdout } = await explainInput(await readFile(LOG));
    expect(code).toBe(0);
    expect(stdout).toContain('-:12: FATAL: Invalid PIO read, port: 2f9 size: 1');
  });

  test('that is empty ends in 1', async () => {
    expect(await explainInput(new Uint8Array())).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('input/empty'),
    });
  });

  test('of more than 64 MiB ends in 1', async () => {
    const { code, stderr } = await explainInput(new Uint8Array((1 << 26) + 1).fill(10));
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('input/too-large') });
  });
});

test('a reader that goes away is no failure', async () => {
  const { code, stderr } = await runProcess(['explain', LOG], { under: inShell('"$@" | head -n 1') });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});
