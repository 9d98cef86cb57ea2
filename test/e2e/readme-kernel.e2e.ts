import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeCell } from '../helpers/cell-files.ts';
import { newc } from '../helpers/newc.ts';
import { makeProgram } from '../helpers/program.ts';
import { CLI } from './boot/bundle.ts';
import { buildKernels, imagePath, readConfig } from './kernels.ts';

const run = promisify(execFile);
const README = path.join(import.meta.dirname, '../../README.md');

let folder: string;

beforeAll(async () => {
  await buildKernels();
  folder = await mkdtemp(path.join(tmpdir(), 'readme-kernel-'));
  const at = (name: string): string => path.join(folder, name);
  await copyFile(imagePath('xz'), at('bzImage'));
  await writeFile(at('.config'), await readConfig('xz'));
  await writeFile(at('linux.cell'), makeCell({ name: 'linux' }));
  await writeFile(at('rootfs.cpio.gz'), gzipSync(newc([{ name: 'init', content: makeProgram() }])));
});

afterAll(async () => rm(folder, { recursive: true }));

test('the commands that check a kernel work on a real one', async () => {
  const readme = await readFile(README, 'utf8');
  const commands = [...readme.matchAll(/^```shell\n(.*?)^```/gms)].flatMap(([, block]) =>
    block!.trim().split('\n'),
  );
  expect(commands).toHaveLength(2);
  for (const command of commands) {
    const line = command.replace(/^npx jailhouse-bundle /, `"${process.execPath}" "${CLI}" `);
    expect(line).not.toBe(command);
    const { stdout } = await run('sh', ['-c', line], { cwd: folder });
    expect(stdout, command).toContain(' passes: ');
  }
  expect(await readFile(path.join(folder, 'fix.config'), 'utf8')).toMatch(/^# /);
});
