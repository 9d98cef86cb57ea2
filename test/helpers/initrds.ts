import { examineInitrd } from '../../src/formats/initrd/examine.ts';
import type { InitrdEvidence } from '../../src/formats/initrd/types.ts';
import { newc } from './newc.ts';
import { CONTENT } from './packed.ts';

/** An archive with an init. */
export const ROOT = newc([
  { name: 'bin' },
  { name: 'bin/sh', content: 'ELF' },
  { name: 'init', content: '#!/bin/sh\n' },
]);
export const MODULES = newc([{ name: 'lib/modules/a.ko', content: 'a module' }]);
export const MICROCODE = newc([
  { name: 'kernel/x86/microcode/AuthenticAMD.bin', content: CONTENT['random']! },
]);

/** Padding. */
export const zeros = (size: number): Buffer => Buffer.alloc(size);

export const examine = (...parts: readonly Uint8Array[]): Promise<InitrdEvidence> => {
  const file = Buffer.concat(parts);
  return examineInitrd(file, file.length);
};
