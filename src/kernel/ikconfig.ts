import { InputError } from '../diagnostic.ts';
import type { Fault } from '../compression/decoder.ts';
import { gunzip } from '../compression/gzip.ts';
import type { KernelImage } from './image.ts';
import { MAX_CONFIG_BYTES } from './kconfig.ts';
import { unpackPayload, type Payload } from './payload.ts';

/** Why an image gives no config: none is built in, or its payload cannot be read. */
export type MissingConfig = { kind: 'not-built-in' } | Exclude<Payload, { kind: 'unpacked' }>;

/** The `.config` text built into a kernel (CONFIG_IKCONFIG). */
export type EmbeddedConfig = { kind: 'found'; text: Uint8Array } | MissingConfig;

/** The markers around the gzip'd `.config`, the first with gzip's magic (Linux, kernel/configs.c). */
const START = Buffer.from('IKCFG_ST\x1f\x8b\x08', 'latin1');
const END = Buffer.from('IKCFG_ED', 'latin1');
const MARKER_SIZE = 8;

const fault: Fault = (why) =>
  new InputError('kernel/ikconfig', `the config built into the kernel ${why}`, {
    hint: 'copy or build the kernel again, or give its .config (--config, or kernel.config in a manifest)',
  });

/** Finds the config in an unpacked kernel; `null` if there is none. */
function findConfig(kernel: Uint8Array): Uint8Array | null {
  const bytes = Buffer.from(kernel.buffer, kernel.byteOffset, kernel.byteLength);
  const start = bytes.indexOf(START);
  if (start < 0) return null;
  const end = bytes.indexOf(END, start + START.length);
  if (end < 0) throw fault('has no end (IKCFG_ED)');
  return gunzip(bytes.subarray(start + MARKER_SIZE, end), MAX_CONFIG_BYTES, fault);
}

/**
 * The config inside a kernel; `file` is the whole file that `image` was read from.
 *
 * @throws InputError `kernel/payload` or `kernel/ikconfig` if what is there is damaged
 */
export async function extractKernelConfig(file: Uint8Array, image: KernelImage): Promise<EmbeddedConfig> {
  const payload = await unpackPayload(file, image);
  if (payload.kind !== 'unpacked') return payload;
  const text = findConfig(payload.bytes);
  return text === null ? { kind: 'not-built-in' } : { kind: 'found', text };
}
