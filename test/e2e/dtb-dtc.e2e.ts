import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeDtb } from '../../src/formats/dtb/encode.ts';
import { parseDtb } from '../../src/formats/dtb/parse.ts';
import { expandSparse, paramsVectors } from '../helpers/vectors.ts';

const run = promisify(execFile);

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'dtb-dtc-'));
});

afterAll(async () => rm(folder, { recursive: true }));

async function sourceOf(dtb: Uint8Array, name: string): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, dtb);
  const { stdout } = await run('dtc', ['-q', '-I', 'dtb', '-O', 'dts', file]);
  return stdout;
}

test('the device tree of the unit tests is what its source gives', async () => {
  const source = path.join(import.meta.dirname, '../fixtures/dtb/linux-arm64-demo.dts');
  const fixture = path.join(import.meta.dirname, '../fixtures/dtb/linux-arm64-demo.dtb');
  const file = path.join(folder, 'again.dtb');
  await run('dtc', ['-q', '-I', 'dts', '-O', 'dtb', '-o', file, source]);
  expect(await sourceOf(await readFile(fixture), 'fixture.dtb')).toBe(
    await sourceOf(await readFile(file), 'same.dtb'),
  );
});

/** Decoded and encoded without edits, dtc reads the same. */
async function expectSame(dtb: Uint8Array, id: string): Promise<void> {
  const after = encodeDtb(parseDtb(dtb));
  expect([id, await sourceOf(after, 'after.dtb')]).toEqual([id, await sourceOf(dtb, 'before.dtb')]);
}

test.each(['arm64', 'arm'] as const)('every device tree of the vectors for %s', async (arch) => {
  const vectors = paramsVectors(arch).filter(({ dtb }) => dtb !== null);
  expect(vectors.length).toBeGreaterThan(30);
  for (const { id, dtb, expect: expected } of vectors) {
    await expectSame(Buffer.from(dtb!, 'hex'), id);
    if ('params' in expected) await expectSame(expandSparse(expected.params), `${id}, edited`);
  }
});

test('the device tree that QEMU makes for its virt machine', async () => {
  const file = path.join(folder, 'virt.dtb');
  await run('qemu-system-aarch64', ['-machine', `virt,gic-version=3,dumpdtb=${file}`, '-smp', '4']);
  await expectSame(await readFile(file), 'virt');
});

test('a device tree that dtc makes from source, with labels, bytes and a reserve map', async () => {
  const source = path.join(folder, 'made.dts');
  await writeFile(
    source,
    `/dts-v1/;
/memreserve/ 0x10000000 0x4000;
/memreserve/ 0x20000000 0x1000;
/ {
  #address-cells = <2>;
  #size-cells = <1>;
  empty;
  texts = "one", "two", "";
  bytes = [00 01 ff];
  wide = /bits/ 64 <0x123456789abcdef0>;
  a: a@1 { reg = <0 1 2>; b { c { d = <&a>; }; }; };
  a@2 { };
};
`,
  );
  const file = path.join(folder, 'made.dtb');
  for (const options of [[], ['-p', '4096'], ['-@'], ['-R', '4'], ['-b', '3']]) {
    await run('dtc', ['-q', ...options, '-I', 'dts', '-O', 'dtb', '-o', file, source]);
    await expectSame(await readFile(file), options.join(' '));
  }
});
