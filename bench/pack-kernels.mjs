// Makes kernels of a distribution's size with a config in them: Debian's unpacked kernel, and the guest kernel's IKCONFIG
// behind it, packed with each method as the kernel's build does (Linux, scripts/Makefile.lib).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const PACKERS = {
  // Those that take longest come first.
  zstd: ['zstd', '-19'],
  lzma: ['lzma', '-9'],
  xz: ['xz', '--check=crc32', '--x86', '--lzma2=dict=32MiB'],
  lzo: ['lzop', '-9'],
  bzip2: ['bzip2', '-9'],
  gzip: ['gzip', '-n', '-9'],
  lz4: ['lz4', '-l', '-9'],
};

/** What a command makes of the input. */
async function filter([command, ...words], input) {
  const child = spawn(command, [...words, '-c'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} ${words.join(' ')}: exit code ${code}`);
  return Buffer.concat(chunks);
}

/** The setup code and the payload of a bzImage (Linux, Documentation/arch/x86/boot.rst). */
function readImage(path) {
  const file = readFileSync(path);
  const start = ((file[0x1f1] || 4) + 1) * 512;
  const payload = start + file.readUInt32LE(0x248);
  return {
    head: file.subarray(0, payload),
    start,
    packed: file.subarray(payload, payload + file.readUInt32LE(0x24c)),
  };
}

function ikconfigOf(kernel) {
  const start = kernel.indexOf('IKCFG_ST\x1f\x8b', 0, 'latin1');
  const end = kernel.indexOf('IKCFG_ED', start, 'latin1');
  if (start < 0 || end < 0) throw new Error('the guest kernel has no config built in');
  return kernel.subarray(start, end + 8);
}

function encodeImage({ head, start }, payload, unpackedSize) {
  const size = -(head.length + payload.length - start) & 15;
  const file = Buffer.concat([head, payload, Buffer.alloc(size)]);
  file.writeUInt32LE((file.length - start) / 16, 0x1f4);
  file.writeUInt32LE(payload.length, 0x24c);
  file.writeUInt32LE(Math.max(file.readUInt32LE(0x260), unpackedSize + (1 << 20)), 0x260);
  return file;
}

/** Writes `bzImage-<method>` for each method into `folder`, unless they are there: as many at once as there are cores. */
export async function packKernels(folder, { debian, guest }) {
  const path = (method) => join(folder, `bzImage-${method}`);
  mkdirSync(folder, { recursive: true });
  const missing = Object.entries(PACKERS).filter(([method]) => !existsSync(path(method)));
  if (missing.length === 0) return;
  const image = readImage(debian);
  // The last four bytes of an xz payload are its unpacked size.
  const kernel = Buffer.concat([
    await filter(['xz', '-d'], image.packed.subarray(0, -4)),
    ikconfigOf(await filter(['gzip', '-d'], readImage(guest).packed)),
  ]);
  const sizeWord = Buffer.alloc(4);
  sizeWord.writeUInt32LE(kernel.length);
  const pack = async ([method, packer]) => {
    const packed = await filter(packer, kernel);
    const payload = method === 'gzip' ? packed : Buffer.concat([packed, sizeWord]);
    writeFileSync(`${path(method)}.new`, encodeImage(image, payload, kernel.length));
    renameSync(`${path(method)}.new`, path(method));
  };
  const worker = async () => {
    for (let next = missing.shift(); next; next = missing.shift()) await pack(next);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}
