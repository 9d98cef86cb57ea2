import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildBundle, CLI, readBundle, type Bundle } from './boot/bundle.ts';
import { printedUnder } from './boot/machine.ts';
import { bootInBox } from './boot/box.ts';

const run = promisify(execFile);

const MANIFEST = path.join(import.meta.dirname, '../../example-project/cells/linux.cell.yaml');

let folder: string;
let bundle: Bundle;
let lines: string[];

const printed = (key: string): string[] => printedUnder(lines, key);

/** Adjoining ranges as one: the kernel lists the pages that hold its setup_data apart. */
function joined(ranges: { start: bigint; end: bigint }[]): { start: bigint; end: bigint }[] {
  const result: { start: bigint; end: bigint }[] = [];
  for (const range of ranges) {
    const before = result.at(-1);
    if (before?.end === range.start) before.end = range.end;
    else result.push({ ...range });
  }
  return result;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'boot-linux-'));
  const directory = await buildBundle(MANIFEST, folder);
  bundle = await readBundle(directory);
  lines = await bootInBox(directory, 'guest end');
}, 240_000);

afterAll(async () => rm(folder, { recursive: true }));

test('check finds nothing that fails, and nothing is waived', async () => {
  await run(process.execPath, [CLI, 'check', MANIFEST]);
  expect(bundle.waivers).toEqual([]);
});

test('with exact placement it reaches the init of the initrd', () => {
  expect(bundle.placement).toBe('exact');
  expect(lines).toContain('guest start');
});

test('it is given the cmdline', () => {
  expect(printed('cmdline')).toEqual([bundle.cmdline]);
});

test('its RAM is that of the e820 map', () => {
  const ram = printed('ram').map((line) => {
    const [first, last] = line.split(' ');
    return { start: BigInt(first!), end: BigInt(last!) + 1n };
  });
  const wanted = bundle.e820
    .filter(({ type }) => type === 1)
    .map(({ address, size }) => ({ start: BigInt(address), end: BigInt(address) + BigInt(size) }));
  // On a PC the kernel takes neither the first page nor 0xa0000..0xfffff for RAM, whatever the map says.
  const low = wanted.findIndex(({ start }) => start === 0n);
  expect(low).toBeGreaterThanOrEqual(0);
  wanted[low] = { start: 0x1000n, end: wanted[low]!.end > 0xa0000n ? 0xa0000n : wanted[low]!.end };
  expect(joined(ram)).toEqual(wanted);
});
