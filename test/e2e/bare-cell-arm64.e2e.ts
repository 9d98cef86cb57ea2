import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { layOutBox } from '../../src/boot/box.ts';
import { MONITOR_FILES, qemuArguments, QEMUS } from '../../src/boot/qemu-arguments.ts';
import type { BoxImage } from '../../src/boot/types.ts';
import { parseCellConfig } from '../../src/formats/cell/config.ts';
import { cpusOf } from '../../src/formats/cell/resources.ts';
import { parseSystemConfig } from '../../src/formats/cell/system.ts';
import { buildBundle, fileOf, type Bundle, type LoadedFile } from './boot/bundle.ts';
import { readSerial } from './boot/machine.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const MACHINE = path.join(ROOT, 'example-project/cells/hello.machine.yaml');

async function unpacked(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'bare-cell-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return buildBundle(MACHINE, folder);
}

/** The cells of the bundle of a machine. */
async function cellsOf(directory: string): Promise<(Pick<Bundle, 'load'> & { name: string })[]> {
  return JSON.parse(await readFile(path.join(directory, 'bundle.json'), 'utf8')).cells;
}

/** What the bundle loads into a cell, where it says. */
const imagesOf = ({ load }: Pick<Bundle, 'load'>, directory: string): BoxImage[] =>
  load
    .filter((item): item is LoadedFile => 'role' in item)
    .map((item) => ({
      role: 'kernel',
      address: BigInt(item.address),
      size: item.size!,
      content: { file: fileOf(item, directory) },
    }));

/** Starts a cell without Linux under the box's monitor, until a line comes out of the hypervisor's console. */
async function start(cell: Pick<Bundle, 'load'> & { name: string }, directory: string, last: string) {
  const config = parseCellConfig(await readFile(path.join(directory, `${cell.name}.cell`)));
  const system = parseSystemConfig(await readFile(path.join(directory, 'system.cell')));
  const { gicd_base: gicd, gicr_base: gicr } = system.platform.fields as Record<string, bigint>;
  const load = imagesOf(cell, directory);
  const subject = { name: cell.name, architecture: 'arm64', cell: config, system, cmdline: '' } as const;
  const box = layOutBox(
    { ...subject, load, params: new Uint8Array() },
    {
      cpus: cpusOf(config).map((id) => ({ id, qemu: id, mpidr: BigInt(id) })),
      x2apic: false,
      pmTimer: 0,
      mmconfig: { base: system.pciMmconfigBase, endBus: system.pciMmconfigEndBus },
      gic: { version: 3, gicd: gicd!, gicc: 0n, gich: 0n, gicv: 0n, gicr: gicr! },
      uart: null,
      needsPl011: false,
      load,
      assumed: [],
      changed: [],
    },
  );
  if (!('pieces' in box)) throw new Error(box.message);
  const blob = path.join(directory, `${cell.name}.blob`);
  await writeFile(blob, box.blob);
  const { command, debianPackage } = QEMUS.arm64;
  const args = qemuArguments({
    architecture: 'arm64',
    machine: box.machine,
    memory: box.memory,
    monitor: path.join(ROOT, 'monitor/bin', MONITOR_FILES.arm64.monitor),
    pieces: [
      { file: blob, address: 0x4028_0000n },
      ...box.pieces.map(({ range, of: { content } }) => ({
        file: (content as { file: string }).file,
        address: range.start,
      })),
    ],
    channels: { monitor: 'stdio,signal=off', consoles: [] },
    gdb: null,
  });
  return readSerial({ command, package: debianPackage }, args, last, 60_000);
}

const LINE = 'hello from a cell without Linux';

test('the example’s cells without Linux run what the bundle loads, and print on the hypervisor’s console', async () => {
  const directory = await unpacked();
  const cells = await cellsOf(directory);
  expect(cells.map(({ name }) => name)).toEqual(['hello', 'hello-again']);
  for (const cell of cells) expect(await start(cell, directory, LINE)).toEqual(['box: ready', LINE]);
});
