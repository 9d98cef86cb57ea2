import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readBundle, type Bundle } from './bundle.ts';
import { loadArguments, MACHINE, readSerial } from './machine.ts';

/** Enters the kernel as Jailhouse's loader does: r0 = 0, r1 = ~0, r2 the device tree. */
const ENTRY = [
  0xe3a00000, // mov r0, #0
  0xe3e01000, // mvn r1, #0
  0xe59f2000, // ldr r2, [pc, #0]
  0xe59ff000, // ldr pc, [pc, #0]
];

/** Stands in for the loader at the reset address 0: the code, then what its argument string names. */
function makeRom({ load }: Bundle): Buffer {
  const { string } = load.find((item) => 'string' in item)!;
  const [, kernel, dtb] = /^kernel=(0x[0-9a-f]+) dtb=(0x[0-9a-f]+)$/.exec(string)!;
  const words = [...ENTRY, Number(dtb), Number(kernel)];
  const rom = Buffer.alloc(words.length * 4);
  words.forEach((word, index) => rom.writeUInt32LE(word, index * 4));
  return rom;
}

/**
 * Starts the kernel of an unpacked arm bundle on QEMU's virt machine, from the bundle's files at the bundle's
 * addresses. The cell has CPUs 0 and 1, and its RAM at its physical addresses below 2 GiB.
 *
 * @returns the lines of the serial console up to the line `last`
 * @throws Error with the console's end, if `last` does not come within `timeout` milliseconds
 */
export async function bootArm(directory: string, last: string, timeout: number): Promise<string[]> {
  const bundle = await readBundle(directory);
  const folder = await mkdtemp(path.join(tmpdir(), 'boot-arm-'));
  try {
    const rom = path.join(folder, 'entry.rom');
    await writeFile(rom, makeRom(bundle));
    const machine = ['-machine', 'virt,gic-version=2', '-cpu', 'cortex-a15', '-smp', '2', '-m', '1G'];
    return await readSerial(
      { command: 'qemu-system-arm', package: 'qemu-system-arm' },
      [...machine, ...MACHINE, '-bios', rom, ...loadArguments(bundle, directory)],
      last,
      timeout,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}
