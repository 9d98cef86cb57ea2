import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGzip } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeCellConfig, parseCellConfig } from '../../src/core.ts';
import { buildBundle, CLI, loadedFiles, readBundle, type Bundle } from './boot/bundle.ts';
import { printedUnder } from './boot/machine.ts';
import { bootInBox } from './boot/box.ts';

const run = promisify(execFile);

const EXAMPLE = path.join(import.meta.dirname, '../../example-project');
const MANIFEST = path.join(EXAMPLE, 'cells/linux-arm64.cell.yaml');
const BUILT = path.join(EXAMPLE, 'build/linux-arm64');

interface Range {
  start: bigint;
  end: bigint;
}

/** A cell of the example's machine, with two CPUs. */
const RAM: Range = { start: 0x60000000n, end: 0x66000000n };
const CPUS = 2;
const machineKeys = `system: ${path.join(EXAMPLE, 'arm64/root.jailhouse.yaml')}
board: ${path.join(EXAMPLE, 'arm64/board.dtb')}
root: { cmdline: mem=512M }
`;
const WISH = `name: linux-arm64-demo
${machineKeys}cell:
  generate: { cpus: ${CPUS}, memory: { size: 96M, at: 0x60000000 }, console: serial0 }
`;
const LOAD_FAILS = 'JAILHOUSE_CELL_LOAD: Invalid argument';

let folder: string;
let cellFile: string;
let treeFile: string;

interface Booted {
  bundle: Bundle;
  directory: string;
  lines: string[];
}

/** Builds a manifest and boots what is in the tarball. */
async function boot(manifest: string, name: string): Promise<Booted> {
  const directory = await buildBundle(manifest, path.join(folder, name));
  return {
    bundle: await readBundle(directory),
    directory,
    lines: await bootInBox(directory, 'guest end'),
  };
}

/** The example's manifest with other inputs. */
async function manifestWith(
  name: string,
  inputs: { cell?: string; image?: string; initrd?: string; placement?: string },
): Promise<string> {
  const given = {
    cell: cellFile,
    image: path.join(BUILT, 'Image'),
    initrd: path.join(BUILT, 'initrd.cpio.gz'),
    placement: 'exact',
    ...inputs,
  };
  const file = path.join(folder, `${name}.cell.yaml`);
  await writeFile(
    file,
    `cell: ${given.cell}
kernel:
  image: ${given.image}
  config: ${path.join(BUILT, 'config')}
dtb: ${treeFile}
initrd: ${given.initrd}
cmdline: console=ttyAMA0,115200 input=${name}
placement: ${given.placement}
`,
  );
  return file;
}

/** Cells of a property of the bundle's device tree, in hex, as Debian's fdtget reads them. */
async function cellsOf(directory: string, node: string, property: string): Promise<bigint[]> {
  const { stdout } = await run('fdtget', ['-t', 'x', path.join(directory, 'params'), node, property]);
  const cells = stdout
    .trim()
    .split(' ')
    .map((cell) => BigInt(`0x${cell}`));
  return Array.from(
    { length: cells.length / 2 },
    (_, index) => (cells[2 * index]! << 32n) | cells[2 * index + 1]!,
  );
}

/** What the kernel was given is what the bundle says: command line, RAM, CPUs, initrd. */
async function expectGiven(
  { bundle, directory, lines }: Booted,
  ram: readonly Range[] = [RAM],
  cpus = CPUS,
): Promise<void> {
  expect(lines).toContain('guest start');
  expect(printedUnder(lines, 'cmdline')).toEqual([bundle.cmdline]);
  expect(await cellsOf(directory, '/memory', 'reg')).toEqual(
    ram.flatMap(({ start, end }) => [start, end - start]),
  );
  expect(printedUnder(lines, 'ram')).toEqual(
    ram.map(({ start, end }) => `0x${start.toString(16)} 0x${(end - 1n).toString(16)}`),
  );
  expect(printedUnder(lines, 'cpus')).toEqual([String(cpus)]);
  const { start, end } = initrdOf(bundle);
  expect(await cellsOf(directory, '/chosen', 'linux,initrd-start')).toEqual([start]);
  expect(await cellsOf(directory, '/chosen', 'linux,initrd-end')).toEqual([end]);
}

function initrdOf(bundle: Bundle): Range {
  const { address, size } = loadedFiles(bundle).find(({ role }) => role === 'initrd')!;
  return { start: BigInt(address), end: BigInt(address) + BigInt(size!) };
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'boot-arm64-'));
  cellFile = path.join(folder, 'linux-arm64-demo.cell');
  treeFile = path.join(folder, 'linux-arm64-demo.dtb');
  const wish = path.join(folder, 'demo.wish.yaml');
  await writeFile(wish, WISH);
  await run(process.execPath, [CLI, 'cell', 'generate', wish, '-o', folder]);
  const description = path.join(folder, 'linux-arm64-demo.jailhouse.yaml');
  await run(process.execPath, [CLI, 'cell', 'compile', description, '-o', cellFile]);
});

afterAll(async () => rm(folder, { recursive: true }));

test('check finds nothing that fails in the example', async () => {
  await run(process.execPath, [CLI, 'check', MANIFEST]);
});

test('Debian’s kernel boots from the example’s bundle', async () => {
  const booted = await boot(MANIFEST, 'example');
  expect(booted.bundle).toMatchObject({ placement: 'exact', waivers: [] });
  await expectGiven(booted, [{ start: 0xb9a00000n, end: 0xbfa00000n }], 1);
});

test('a cell without links boots from the files that cell generate writes', async () => {
  const booted = await boot(await manifestWith('generated', {}), 'generated');
  await expectGiven(booted);
});

test.each([
  ['first', { start: 0xb9a00000n, end: 0xbfa00000n }],
  ['second', { start: 0xb3800000n, end: 0xb9800000n }],
])('the %s of two cells of one machine boots at RAM of its own, linked to the other', async (own, ram) => {
  const manifests = ['first', 'second'].map((name) => {
    const wish = `cpus: 1, memory: 96M, console: ${name === own ? 'serial0' : 'none'}`;
    const links = `links: [{ to: root, kind: net }, { to: ${name === 'first' ? 'second' : 'first'}, kind: net }]`;
    return `name: ${name}
${machineKeys}cell: { generate: { ${wish}, ${links} } }
kernel: { image: ${path.join(BUILT, 'Image')}, config: ${path.join(BUILT, 'config')} }
initrd: ${path.join(BUILT, 'initrd.cpio.gz')}
cmdline: ${name === own ? 'console=ttyAMA0,115200' : 'quiet'}
`;
  });
  const [first, second] = ['first', 'second'].map((name) => path.join(folder, `${name}.cell.yaml`));
  await writeFile(first!, manifests[0]!);
  await writeFile(second!, manifests[1]!);
  const directory = path.join(folder, `linked-${own}`);
  await run(process.execPath, [CLI, 'build', first!, second!, '-o', directory]);
  const unpacked = path.join(directory, own);
  await run('tar', ['-xf', `${unpacked}.tar`, '-C', directory]);
  const lines = await bootInBox(unpacked, 'guest end');
  await expectGiven({ bundle: await readBundle(unpacked), directory: unpacked, lines }, [ram], 1);
});

test('the same from an Image.gz, shipped unpacked', async () => {
  const image = path.join(folder, 'Image.gz');
  await pipeline(
    createReadStream(path.join(BUILT, 'Image')),
    createGzip({ level: 1 }),
    createWriteStream(image),
  );
  const booted = await boot(await manifestWith('gzip', { image }), 'gzip');
  const kernel = await readFile(path.join(booted.directory, 'kernel'));
  expect(kernel.equals(await readFile(path.join(BUILT, 'Image')))).toBe(true);
  await expectGiven(booted);
});

test('upstream’s placement boots where it fits', async () => {
  const booted = await boot(await manifestWith('upstream', { placement: 'upstream' }), 'upstream');
  expect(booted.bundle.placement).toBe('upstream');
  await expectGiven(booted);
});

test('a cell whose RAM is in two regions, the kernel in one and the initrd in the other', async () => {
  const config = parseCellConfig(await readFile(cellFile));
  const image = await readFile(path.join(BUILT, 'Image'));
  // Behind the kernel with its BSS, the first region has room for the device tree only.
  const first = { start: RAM.start, end: RAM.start + image.readBigUInt64LE(16) + 0x10000n };
  const second = { start: RAM.start + 0x4000000n, end: RAM.start + 0x8000000n };
  const memoryRegions = config.memoryRegions.flatMap((region) =>
    region.virt_start === RAM.start
      ? [first, second].map(({ start, end }) => ({
          ...region,
          phys_start: start,
          virt_start: start,
          size: end - start,
        }))
      : [region],
  );
  const cell = path.join(folder, 'two-regions.cell');
  await writeFile(cell, encodeCellConfig({ ...config, memoryRegions }));
  const booted = await boot(await manifestWith('two-regions', { cell }), 'two-regions');
  expect(initrdOf(booted.bundle).start).toBeGreaterThanOrEqual(second.start);
  await expectGiven(booted, [first, second]);
});

describe('an initrd that upstream’s placement puts out of the region', () => {
  let initrd: string;

  /** The commands of `cell-linux`, which plans as upstream does. */
  async function upstreamEnd(): Promise<bigint> {
    const image = path.join(BUILT, 'Image');
    const options = ['-d', treeFile, '-i', initrd, '-w', path.join(folder, 'upstream.dtb')];
    const { stdout } = await run(process.execPath, [CLI, 'cell-linux', cellFile, image, ...options]);
    const address = new RegExp(`${path.basename(initrd)} -a (0x[0-9a-f]+)`).exec(stdout)![1]!;
    return BigInt(address) + BigInt((await stat(initrd)).size);
  }

  beforeAll(async () => {
    initrd = path.join(folder, 'large.cpio.gz');
    await copyFile(path.join(BUILT, 'initrd.cpio.gz'), initrd);
    // NULs behind the archive mean nothing to the kernel; so many that the end is one page outside.
    const { size } = await stat(initrd);
    await truncate(initrd, size + Number(RAM.end - (await upstreamEnd())) + 4096);
  });

  test('it is out, and cannot be built so', async () => {
    expect(await upstreamEnd()).toBe(RAM.end + 4096n);
    const manifest = await manifestWith('outside', { initrd, placement: 'upstream' });
    const { code, stdout } = await run(process.execPath, [CLI, 'check', '--json', manifest]).then(
      (done) => ({ code: 0, stdout: done.stdout }),
      (failed: { code: number; stdout: string }) => failed,
    );
    expect(code).toBe(1);
    const { findings } = JSON.parse(stdout);
    expect(findings).toMatchObject([
      { rule: 'placement/no-ram', actual: `no RAM at 0x66000000..0x66001000`, symptom: LOAD_FAILS },
    ]);
  });

  test('exact placement boots it', async () => {
    await expectGiven(await boot(await manifestWith('large', { initrd }), 'large'));
  });
});
