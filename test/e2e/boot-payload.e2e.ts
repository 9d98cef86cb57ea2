import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildBundle, loadedFiles, readBundle, type Bundle, type LoadedFile } from './boot/bundle.ts';
import { printedUnder } from './boot/machine.ts';
import { bootInBox } from './boot/box.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const MANIFEST = path.join(ROOT, 'example-project/cells/payload.cell.yaml');

let folder: string;
let bundle: Bundle;
let lines: string[];

const printed = (key: string): string[] => printedUnder(lines, key);

const loaded = (role: string): LoadedFile => loadedFiles(bundle).find((item) => item.role === role)!;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'boot-payload-'));
  const directory = await buildBundle(MANIFEST, folder);
  bundle = await readBundle(directory);
  lines = await bootInBox(directory, 'payload end');
}, 120_000);

afterAll(async () => rm(folder, { recursive: true }));

test('the committed payload is what its source gives', async () => {
  const check = promisify(execFile)(path.join(ROOT, 'scripts/build-payload.sh'), ['--check']);
  await expect(check).resolves.toMatchObject({ stderr: '' });
});

test('the payload runs where bundle.json says', () => {
  expect(lines[0]).toBe('payload start');
  expect(printed('entry')).toEqual([bundle.entry]);
  expect(printed('params')).toEqual([loaded('params').address]);
});

test('it is given the cmdline', () => {
  expect(printed('cmdline')).toEqual([bundle.cmdline]);
});

test('it is given the e820 map', () => {
  expect(bundle.e820.length).toBeGreaterThan(1);
  expect(printed('e820')).toEqual(
    bundle.e820.map(({ address, size, type }) => `${address} ${size} 0x${type.toString(16)}`),
  );
});

test('it finds the initrd, unharmed', () => {
  const { address, file, size } = loaded('initrd');
  expect(printed('initrd')).toEqual([`${address} 0x${size!.toString(16)}`]);
  expect(printed('sha256')).toEqual([bundle.files[file!]!.sha256]);
});

test('it finds the setup_data of Jailhouse 0.12 and newer, as the loader filled it', () => {
  expect(printed('setup_data')).toEqual([
    `0x${(BigInt(loaded('params').address) + 0x1000n).toString(16)} 0x6 0x11c`,
  ]);
  expect(printed('setup_data.version')).toEqual(['0x2']);
  expect(printed('setup_data.compatible_version')).toEqual(['0x1']);
  expect(printed('setup_data.num_cpus')).toEqual(['0x1']);
  expect(printed('setup_data.cpu')).toEqual(['0x1']);
  expect(printed('setup_data.flags')).toEqual(['0x1']);
});

test('its README shows what it prints', async () => {
  const readme = await readFile(path.join(ROOT, 'example-project/payload/README.md'), 'utf8');
  const shown = /```text\n(.*?)\n```/s.exec(readme)![1]!.split('\n');
  expect(lines).toEqual(expect.arrayContaining(shown.filter((line) => line !== '...')));
});
