import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { loadedFiles, readBundle, type Bundle } from './bundle.ts';
import { loadArguments, MACHINE, readSerial } from './machine.ts';

const run = promisify(execFile);

const MIB = 1n << 20n;

/** Assembles entry.s and tells it where the params image and the kernel's entry are. */
async function buildRom(bundle: Bundle, folder: string): Promise<string> {
  const [object, rom] = [path.join(folder, 'entry.o'), path.join(folder, 'entry.rom')];
  await run('as', ['--64', '-o', object, path.join(import.meta.dirname, 'entry.s')]);
  await run('ld', ['-T', path.join(import.meta.dirname, 'entry.ld'), '-o', rom, object]);
  const bytes = await readFile(rom);
  bytes.writeBigUInt64LE(BigInt(loadedFiles(bundle).find(({ role }) => role === 'params')!.address), 0);
  bytes.writeBigUInt64LE(BigInt(bundle.entry), 8);
  await writeFile(rom, bytes);
  return rom;
}

function machineArguments(bundle: Bundle, rom: string): string[] {
  const end = bundle.e820
    .map(({ address, size }) => BigInt(address) + BigInt(size))
    .reduce((a, b) => (a > b ? a : b));
  // More memory than the cell has: that the kernel keeps to its e820 shows only so.
  const memory = (end + MIB - 1n) / MIB + 64n;
  return ['-machine', 'pc', ...MACHINE, '-m', `${memory}M`, '-bios', rom];
}

/**
 * Starts the kernel of an unpacked x86 bundle in plain QEMU, from the bundle's files at the bundle's addresses.
 *
 * @returns the lines of the serial console up to the line `last`
 * @throws Error with the console's end, if `last` does not come within `timeout` milliseconds
 */
export async function bootBundle(directory: string, last: string, timeout: number): Promise<string[]> {
  const bundle = await readBundle(directory);
  const folder = await mkdtemp(path.join(tmpdir(), 'boot-'));
  try {
    const rom = await buildRom(bundle, folder);
    return await readSerial(
      { command: 'qemu-system-x86_64', package: 'qemu-system-x86' },
      [...machineArguments(bundle, rom), ...loadArguments(bundle, directory)],
      last,
      timeout,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}
