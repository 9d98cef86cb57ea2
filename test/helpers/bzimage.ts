import { InputError, type Diagnostic } from '../../src/base/diagnostic.ts';
import {
  parseBzImage,
  SETUP_HEADER_OFFSET,
  setupHeader,
  type SetupHeader,
} from '../../src/formats/kernel/bzimage.ts';
import { latin1 } from './bytes.ts';

/** The protected-mode part of the test kernels, in paragraphs of 16 bytes. */
export const PARAGRAPHS = 40;
export const VERSION = '6.1.192 (root@builder) #1 SMP';

/** A small kernel whose header tells the truth about its file, as the kernel build makes them. */
export function smallKernel(header: Partial<SetupHeader> = {}): Uint8Array {
  const sectors = header.setup_sects ?? 2;
  const file = new Uint8Array(((sectors || 4) + 1) * 512 + PARAGRAPHS * 16);
  file.set(latin1('MZ'));
  file.set(latin1(`${VERSION}\0`), 0x300);
  const bytes = setupHeader.encode({
    setup_sects: sectors,
    syssize: PARAGRAPHS,
    boot_flag: 0xaa55,
    jump: Uint8Array.of(0xeb, 0x6a),
    header: latin1('HdrS'),
    version: 0x20f,
    loadflags: 1,
    kernel_version: 0x100,
    initrd_addr_max: 0x7fffffff,
    cmdline_size: 2047,
    xloadflags: 1,
    payload_offset: 0x20,
    payload_length: 0x200,
    pref_address: 0x1000000n,
    init_size: 0xdc0000,
    ...header,
  });
  file.set(bytes, SETUP_HEADER_OFFSET);
  return file;
}

/** Why a file is refused. */
export function faultOf(file: Uint8Array): Diagnostic {
  try {
    parseBzImage(file);
  } catch (error) {
    if (error instanceof InputError) return error.diagnostic;
    throw error;
  }
  throw new Error('it was taken for a kernel');
}
