import { failure, type Diagnostic } from '../../base/diagnostic.ts';
import { recogniseFileSystem, recogniseStranger } from './other-formats.ts';

const path = ['initrd'];
const AGAIN = 'copy or build the initrd again';
const UNKNOWN =
  'in an unknown format: it is neither a cpio archive nor packed in a way that Linux can unpack';
const FIX = 'give a cpio archive in the newc format, bare or packed: find . | cpio -o -H newc | gzip';

const failed = (what: string): string => `Initramfs unpacking failed: ${what}`;

/** A file that begins with nothing that the kernel unpacks. */
export function strange(file: Uint8Array): Diagnostic {
  const fileSystem = recogniseFileSystem(file);
  if (fileSystem !== undefined) return noCpio(`is ${fileSystem}`);
  const { what, fix } = recogniseStranger(file) ?? { what: UNKNOWN };
  return failure('initrd/format', `the initrd is ${what}`, {
    fix: fix ?? FIX,
    symptom: failed('invalid magic at start of compressed archive'),
    path,
  });
}

/** An image of a RAM disk: `what` completes "the initrd ...". */
const noCpio = (what: string): Diagnostic => ({
  code: 'initrd/no-cpio',
  severity: 'warning',
  message: `the initrd ${what}, not a cpio archive: the kernel takes it for the image of a RAM disk`,
  fix: `${FIX}; or build the kernel with CONFIG_BLK_DEV_RAM=y and that file system, and boot with root=/dev/ram0`,
  path,
});

/** What was unpacked and is no archive. */
export function noArchive(unpacked: Uint8Array, compression: string): Diagnostic {
  const what =
    unpacked.length === 0
      ? 'nothing'
      : (recogniseFileSystem(unpacked) ?? recogniseStranger(unpacked)?.what ?? 'something unknown');
  return noCpio(`has ${what} in its ${compression} data`);
}

export const damaged = (offset: number, why: string): Diagnostic =>
  failure('initrd/damaged', `the part of the initrd at offset ${offset} ${why}`, {
    fix: AGAIN,
    symptom: failed('junk within compressed archive'),
    path,
  });

/** `rest` stands behind the last archive; the kernel has unpacked what is before it. */
export function junk(rest: Uint8Array, offset: number, where = ''): Diagnostic {
  const stranger = recogniseStranger(rest);
  return {
    code: 'initrd/junk',
    severity: 'warning',
    message: `the kernel unpacks the initrd up to offset ${offset}${where}: what follows is ${stranger?.what ?? UNKNOWN}`,
    fix: stranger?.fix ?? 'leave out what follows',
    symptom: failed('invalid magic at start of compressed archive'),
    path,
  };
}

export const misaligned = (offset: number): Diagnostic =>
  failure(
    'initrd/alignment',
    `the part of the initrd at offset ${offset} does not start at a multiple of 4`,
    {
      fix: 'pad the part before it with zeros',
      symptom: failed('broken padding'),
      path,
    },
  );

export const behindLz4 = (offset: number): Diagnostic =>
  failure(
    'initrd/behind-lz4',
    `at offset ${offset} of the initrd something follows lz4 data: the kernel takes it for more lz4 data`,
    {
      fix: 'make the lz4 part the last one, or pack all parts with lz4 -l',
      symptom: failed('decompressor failed'),
      path,
    },
  );

/** `check`: the check's name in xz. */
export const xzCheck = (offset: number, check: string): Diagnostic =>
  failure(
    'initrd/xz-check',
    `the part of the initrd at offset ${offset} has the check ${check}, and Linux unpacks xz only with crc32 or none`,
    {
      fix: 'pack it with xz --check=crc32',
      symptom: failed('Input was encoded with settings that are not supported by this XZ decoder'),
      path,
    },
  );

export const noTrailer = (offset: number): Diagnostic => ({
  code: 'initrd/no-trailer',
  severity: 'warning',
  message: `the archive at offset ${offset} of the initrd ends without the entry TRAILER!!!`,
  fix: `${AGAIN}, unless it was made so on purpose`,
  path,
});

/** `unpacked`: as many bytes were looked into. */
export const tooLarge = (offset: number, unpacked: number): Diagnostic => ({
  code: 'initrd/too-large',
  severity: 'warning',
  message: `the part of the initrd at offset ${offset} unpacks to more than the ${unpacked} bytes that were looked into`,
  fix: 'what comes after them is not checked: does the cell have that much memory?',
  path,
});

/** The same of archives with more files than are looked at. */
export const tooMany = (offset: number): Diagnostic => ({
  code: 'initrd/too-large',
  severity: 'warning',
  message: `the part of the initrd at offset ${offset} has more files than the 500,000 that were looked at`,
  fix: 'what comes after them is not checked: is this the right file?',
  path,
});
