import { cpusOf } from '../../../src/formats/cell/resources.ts';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { parseCellConfig, type CellConfig } from '../../../src/core.ts';
import { readBundle, type Bundle } from './bundle.ts';
import { loadArguments, MACHINE, readSerial } from './machine.ts';

const run = promisify(execFile);

const MIB = 1n << 20n;
/** Where QEMU's virt machine has its RAM; QEMU's own device tree takes the first MiB. */
const RAM = 0x40000000n;
const MAILBOXES = RAM + 2n * MIB;

/** Assembles entry-arm64.s for the reset address 0, and puts the loader's argument string behind it. */
async function buildRom(bundle: Bundle, cpu: number, folder: string): Promise<string> {
  const [object, rom] = [path.join(folder, 'entry.o'), path.join(folder, 'entry.rom')];
  await run('aarch64-linux-gnu-as', ['-o', object, path.join(import.meta.dirname, 'entry-arm64.s')]);
  await run('aarch64-linux-gnu-objcopy', ['-O', 'binary', '-j', '.text', object, rom]);
  const code = await readFile(rom);
  const { string, address } = bundle.load.find((item) => 'string' in item)!;
  const at = Number(address);
  if (at < code.length) throw new Error(`the boot ROM has ${code.length} bytes, the string is at ${address}`);
  [BigInt(cpu), MAILBOXES, BigInt(at)].forEach((value, index) => code.writeBigUInt64LE(value, 8 + index * 8));
  await writeFile(rom, Buffer.concat([code, Buffer.alloc(at - code.length), Buffer.from(`${string}\0`)]));
  return rom;
}

/** With more CPUs and more memory than the cell has: that the kernel keeps to its device tree shows only so. */
function machineArguments(cell: CellConfig, rom: string): string[] {
  const end = cell.memoryRegions
    .filter(({ phys_start }) => phys_start >= RAM)
    .map(({ phys_start, size }) => phys_start + size)
    .reduce((a, b) => (a > b ? a : b));
  const machine = ['-machine', 'virt,gic-version=3,virtualization=on', '-cpu', 'cortex-a53'];
  const cpus = String(Math.max(...cpusOf(cell)) + 2);
  const memory = `${(end - RAM) / MIB + 64n}M`;
  return [...machine, ...MACHINE, '-smp', cpus, '-m', memory, '-bios', rom];
}

/**
 * Starts the kernel of an unpacked arm64 bundle on QEMU's virt machine, from the bundle's files at the bundle's
 * addresses. The cell's RAM must lie at its physical addresses, and its reset address must be 0.
 *
 * @returns the lines of the serial console up to the line `last`
 * @throws Error with the console's end, if `last` does not come within `timeout` milliseconds
 */
export async function bootArm64(directory: string, last: string, timeout: number): Promise<string[]> {
  const bundle = await readBundle(directory);
  const cell = parseCellConfig(await readFile(path.join(directory, 'cell.cell')));
  const folder = await mkdtemp(path.join(tmpdir(), 'boot-arm64-'));
  try {
    const rom = await buildRom(bundle, cpusOf(cell)[0]!, folder);
    return await readSerial(
      { command: 'qemu-system-aarch64', package: 'qemu-system-arm' },
      [...machineArguments(cell, rom), ...loadArguments(bundle, directory)],
      last,
      timeout,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}
