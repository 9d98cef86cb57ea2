import { InputError } from '../../base/diagnostic.ts';
import type { Fault } from '../compression/decoder.ts';
import { gunzip } from '../compression/gzip.ts';
import { MAX_CONFIG_BYTES } from './kconfig.ts';
import type { Payload } from './packed.ts';

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
    fix: 'copy or build the kernel again, or give its .config (--config, or kernel.config in a manifest)',
  });

/**
 * The config built into a kernel; `unpacked` is what {@link unpackPayload} gives.
 *
 * @throws InputError `kernel/ikconfig` if it is damaged
 */
export function findKernelConfig(unpacked: Uint8Array): EmbeddedConfig {
  const bytes = Buffer.from(unpacked.buffer, unpacked.byteOffset, unpacked.byteLength);
  const start = bytes.indexOf(START);
  if (start < 0) return { kind: 'not-built-in' };
  const end = bytes.indexOf(END, start + START.length);
  if (end < 0) throw fault('has no end (IKCFG_ED)');
  const text = gunzip(bytes.subarray(start + MARKER_SIZE, end), MAX_CONFIG_BYTES, fault);
  return { kind: 'found', text };
}
