import { constants, gunzipSync } from 'node:zlib';
import { looksLikeUstar } from '../bundle/header.ts';
import { configKind, hasGnuPropertyNote, identifyConfig, textKind } from '../formats/cell/identify.ts';
import { InputError } from '../base/diagnostic.ts';
import { looksLikeDtb } from '../formats/dtb/parse.ts';
import { isGzip } from '../formats/compression/detect.ts';
import { hasMagic, MAGIC } from '../base/magic.ts';
import { looksLikeKernel } from '../formats/kernel/recognise.ts';
import { looksLikeParams } from '../placement/x86/params-read.ts';

export type FileKind = 'cell' | 'system' | 'kernel' | 'dtb' | 'params' | 'bundle';

/** The start of what a gzip file holds; empty if it is none. */
function unpackStart(head: Uint8Array): Uint8Array {
  if (!isGzip(head)) return new Uint8Array();
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return new Uint8Array();
  }
}

/** Whether gzip data holds something else than a tar; damaged data may hold one. */
function packsNoTar(head: Uint8Array): boolean {
  try {
    const start = gunzipSync(head.subarray(0, 4096), { finishFlush: constants.Z_SYNC_FLUSH });
    return start.length >= 512 && !looksLikeUstar(start);
  } catch {
    return false;
  }
}

/**
 * Tells by its first bytes what a file is; a tar or gzip file is taken for a bundle.
 *
 * @param head the file's first KiB at least, or all of it
 * @throws InputError `inspect/unknown`, or `inspect/description`, `cell/gnu-property-note` for a config behind such a note
 */
export function detectKind(head: Uint8Array): FileKind {
  const config = configKind(head);
  if (config !== null) return config;
  // identifyConfig knows how to fix it.
  if (hasGnuPropertyNote(head)) identifyConfig(head, 'cell');
  // A params image carries a copy of the kernel's header, so both have its magic.
  if (looksLikeParams(head)) return 'params';
  if (looksLikeDtb(head)) return 'dtb';
  if (looksLikeKernel(head) || looksLikeKernel(unpackStart(head))) return 'kernel';
  if (isGzip(head) && packsNoTar(head)) {
    throw new InputError('inspect/unknown', 'this is gzip, but not a bundle', {
      requested: 'a bundle (.tar.gz), or a kernel or config that is not packed',
      actual: 'gzip-compressed data that is not a tar',
      fix: 'an initrd cannot be inspected; unpack anything else with gunzip first',
    });
  }
  if (isGzip(head) || looksLikeUstar(head)) return 'bundle';
  if (textKind(head) === 'description') {
    throw new InputError('inspect/description', 'this is a description of a cell or system, in YAML', {
      fix: 'compile it with `jailhouse-bundle cell compile`, or check it with `cell check`',
    });
  }
  const elf = hasMagic(head, MAGIC.elf);
  throw new InputError('inspect/unknown', `this file cannot be inspected${elf ? ': it is ELF' : ''}`, {
    requested:
      'a cell or system config, a kernel (bzImage, Image, zImage, vmlinux), a device tree, an x86 params image, or a bundle (.tar, .tar.gz)',
    actual: `a file that starts with ${Buffer.from(head.subarray(0, 8)).toString('hex')}`,
    fix: elf
      ? 'turn a config’s object file into a config with `objcopy -O binary`; for a kernel, give the image that is booted'
      : 'check the path',
  });
}
