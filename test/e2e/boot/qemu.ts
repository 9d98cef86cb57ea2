import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { fileOf, readBundle, type Bundle } from './bundle.ts';

const run = promisify(execFile);

const MIB = 1n << 20n;
const MACHINE =
  '-machine pc -accel tcg -nodefaults -display none -monitor none -serial stdio -no-reboot'.split(' ');

/** Assembles entry.s and tells it where the params image and the kernel's entry are. */
async function buildRom(bundle: Bundle, folder: string): Promise<string> {
  const [object, rom] = [path.join(folder, 'entry.o'), path.join(folder, 'entry.rom')];
  await run('as', ['--64', '-o', object, path.join(import.meta.dirname, 'entry.s')]);
  await run('ld', ['-T', path.join(import.meta.dirname, 'entry.ld'), '-o', rom, object]);
  const bytes = await readFile(rom);
  bytes.writeBigUInt64LE(BigInt(bundle.load.find(({ role }) => role === 'params')!.address), 0);
  bytes.writeBigUInt64LE(BigInt(bundle.entry), 8);
  await writeFile(rom, bytes);
  return rom;
}

/** The bundle's files at the bundle's addresses; of Jailhouse's loader, the boot ROM does the work. */
const loadArguments = (bundle: Bundle, directory: string): string[] =>
  bundle.load
    .filter(({ role }) => role !== 'loader')
    .flatMap((item) => {
      const file = fileOf(item, directory).replaceAll(',', ',,');
      return ['-device', `loader,file=${file},addr=${item.address},force-raw=on`];
    });

function machineArguments(bundle: Bundle, rom: string): string[] {
  const end = bundle.e820
    .map(({ address, size }) => BigInt(address) + BigInt(size))
    .reduce((a, b) => (a > b ? a : b));
  // More memory than the cell has: that the kernel keeps to its e820 shows only so.
  const memory = (end + MIB - 1n) / MIB + 64n;
  return [...MACHINE, '-m', `${memory}M`, '-bios', rom];
}

/** Runs QEMU until the line `last` comes out of the serial port, and gives what came, up to that line. */
function readSerial(args: string[], last: string, timeout: number): Promise<string[]> {
  const qemu = spawn('qemu-system-x86_64', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [serial, complaints] = ['', ''];
  return new Promise<string[]>((resolve, reject) => {
    const fail = (why: string): void =>
      reject(new Error(`${why}; the end of the output:\n${serial.slice(-4000)}${complaints}`));
    const timer = setTimeout(() => {
      fail(`no line '${last}' within ${timeout / 1000} s`);
      qemu.kill('SIGKILL');
    }, timeout);
    qemu.stdout.setEncoding('utf8').on('data', (text: string) => {
      serial += text;
      const lines = serial.split(/\r*\n/).slice(0, -1);
      const at = lines.indexOf(last);
      if (at < 0) return;
      resolve(lines.slice(0, at + 1));
      qemu.kill('SIGKILL');
    });
    qemu.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
    qemu.on('error', ({ message }) =>
      fail(`QEMU does not start (${message}); on Debian: apt-get install qemu-system-x86`),
    );
    qemu.on('close', (code) => {
      clearTimeout(timer);
      fail(`QEMU ended (exit code ${code}) before the line '${last}'`);
    });
  });
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
      [...machineArguments(bundle, rom), ...loadArguments(bundle, directory)],
      last,
      timeout,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What a guest printed under a key, one entry a line. */
export const printedUnder = (lines: readonly string[], key: string): string[] =>
  lines.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1));
