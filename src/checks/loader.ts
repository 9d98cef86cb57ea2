import { describeSize } from '../base/address.ts';
import type { Architecture } from '../base/choices.ts';
import { failure, type Diagnostic } from '../base/diagnostic.ts';
import type { CellConfig } from '../formats/cell/types.ts';
import { packingOf } from '../formats/compression/detect.ts';
import { hasMagic, MAGIC } from '../base/magic.ts';
import { recogniseStranger } from '../formats/initrd/other-formats.ts';
import { looksLikeKernel, nameStranger } from '../formats/kernel/recognise.ts';

/** Larger than any stub that was linked; the loader of git has 33,080 bytes on x86, and 13,496 on arm64. */
const LEAST = 512;
const MOST = 1 << 20;

/** The first instruction of the x86 loader: cs lgdtl, in 16-bit code (inmates/lib/x86/header-64.S). */
const X86_START = [0x2e, 0x66, 0x0f, 0x01, 0x16];
const A64_RETURN = 0xd65f03c0;
/** The condition of nearly all A32 instructions: always. */
const A32_ALWAYS = 0xe;
const A32_SHARE = 0.6;
const WORDS = 1024;

const isText = (file: Uint8Array): boolean =>
  file.every((byte) => (byte >= 0x20 && byte < 0x7f) || (byte >= 9 && byte <= 13) || byte >= 0x80);

/** What a file is that cannot be a loader, with its article; `null` if it may be one. */
function strangerOf(file: Uint8Array): string | null {
  if (hasMagic(file, MAGIC.elf)) return 'an ELF file';
  if (looksLikeKernel(file)) return 'a kernel';
  const known = nameStranger(file) ?? recogniseStranger(file)?.what;
  if (known) return known;
  const packing = packingOf(file);
  if (packing !== null) return `packed with ${packing}`;
  if (isText(file)) return 'a text';
  return null;
}

/** The architecture whose code it is; `null` where that cannot be told. */
function architectureOfCode(file: Uint8Array): Architecture | null {
  if (X86_START.every((byte, index) => file[index] === byte)) return 'x86';
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const count = Math.min(Math.floor(file.length / 4), WORDS);
  const words = Array.from({ length: count }, (_, index) => view.getUint32(index * 4, true)).filter(
    (word) => word !== 0,
  );
  if (words.includes(A64_RETURN)) return 'arm64';
  const always = words.filter((word) => word >>> 28 === A32_ALWAYS).length;
  return words.length > 0 && always / words.length >= A32_SHARE ? 'arm' : null;
}

const SYMPTOM = 'no output at all after `jailhouse cell start`';
const FIX = 'give the linux-loader.bin of the target’s Jailhouse build (inmates/tools/ARCHITECTURE)';

const refused = (actual: string): Diagnostic =>
  failure('loader/format', `the loader is ${actual}, and not Jailhouse's linux-loader.bin`, {
    requested: 'raw code, as objcopy writes it',
    actual,
    symptom: SYMPTOM,
    fix: FIX,
    path: ['loader'],
  });

/** From this revision on the loaders read the comm region, and know its signature. */
const SIGNED_SINCE = 9;
const SIGNATURE = 'JHCOMM';

/**
 * What is wrong with the file that is given as the loader.
 *
 * @param file all of it, or the first bytes of one that is larger than any loader
 * @param size bytes of the whole file
 * @param architecture `null`: nothing says which
 */
export function checkLoader(
  file: Uint8Array,
  size: number,
  { revision }: CellConfig,
  architecture: Architecture | null,
): Diagnostic[] {
  const stranger = strangerOf(file);
  if (stranger !== null) return [refused(stranger)];
  if (size < LEAST || size > MOST) return [refused(`a file of ${describeSize(BigInt(size))}`)];
  const code = architectureOfCode(file);
  if (architecture !== null && code !== null && code !== architecture) return [refused(`code for ${code}`)];
  if (revision < SIGNED_SINCE || Buffer.from(file).includes(SIGNATURE)) return [];
  return [
    {
      code: 'loader/format',
      severity: 'warning',
      message: `the text ${SIGNATURE} is not in the loader, which those of Jailhouse 0.9 and newer have`,
      requested: `linux-loader.bin of the release on the target`,
      actual: 'another file, or one of an older release',
      symptom: SYMPTOM,
      fix: FIX,
      path: ['loader'],
    },
  ];
}
