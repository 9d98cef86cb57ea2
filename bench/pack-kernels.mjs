// Makes kernels of a distribution's size with a config in them: Debian's unpacked kernel, and the guest kernel's IKCONFIG
// behind it, packed with each method as the kernel's build does (Linux, scripts/Makefile.lib).
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PACKERS = {
  gzip: ['gzip', '-n', '-9'],
  bzip2: ['bzip2', '-9'],
  lzma: ['lzma', '-9'],
  xz: ['xz', '--check=crc32', '--x86', '--lzma2=dict=32MiB'],
  lzo: ['lzop', '-9'],
  lz4: ['lz4', '-l', '-9'],
  zstd: ['zstd', '-19'],
};

const filter = ([command, ...words], input) =>
  execFileSync(command, [...words, '-c'], { input, maxBuffer: 1 << 30, stdio: ['pipe', 'pipe', 'ignore'] });

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

/** Writes `bzImage-<method>` for each method into `folder`, unless they are there. */
export function packKernels(folder, { debian, guest }) {
  const path = (method) => join(folder, `bzImage-${method}`);
  mkdirSync(folder, { recursive: true });
  const missing = Object.entries(PACKERS).filter(([method]) => !existsSync(path(method)));
  if (missing.length === 0) return;
  const image = readImage(debian);
  // The last four bytes of an xz payload are its unpacked size.
  const kernel = Buffer.concat([
    filter(['xz', '-d'], image.packed.subarray(0, -4)),
    ikconfigOf(filter(['gzip', '-d'], readImage(guest).packed)),
  ]);
  const sizeWord = Buffer.alloc(4);
  sizeWord.writeUInt32LE(kernel.length);
  for (const [method, packer] of missing) {
    const packed = filter(packer, kernel);
    const payload = method === 'gzip' ? packed : Buffer.concat([packed, sizeWord]);
    writeFileSync(`${path(method)}.new`, encodeImage(image, payload, kernel.length));
    renameSync(`${path(method)}.new`, path(method));
  }
}
