import { InputError } from '../diagnostic.ts';
import type { Architecture } from '../plan/types.ts';
import { parseArm64Image } from './arm64-image.ts';
import { parseBzImage } from './bzimage.ts';
import type { Fault } from '../compression/decoder.ts';
import { gunzip } from '../compression/gzip.ts';
import { ARCHITECTURE_OF, type KernelFormat, type KernelImage } from './image.ts';
import { MAX_KERNEL_BYTES } from './payload.ts';
import { recogniseKernel, type Wrapping } from './recognise.ts';
import { parseZImage } from './zimage.ts';
import { unpackZboot } from './zboot.ts';

/** A kernel file, unpacked as far as its loader wants it. */
export interface OpenedKernel {
  /** The bytes that are loaded into the cell. */
  file: Uint8Array;
  image: KernelImage;
  architecture: Architecture;
  /** What was taken off to get {@link file}; `null`: it is the file as given. */
  wrapping: Wrapping | null;
}

const fault: Fault = (why) =>
  new InputError('kernel/payload', `the gzip-compressed kernel ${why}`, {
    hint: 'copy or pack the kernel again',
  });

const UNWRAP: Readonly<Record<Wrapping, (file: Uint8Array) => Uint8Array | Promise<Uint8Array>>> = {
  gzip: (file) => gunzip(file, MAX_KERNEL_BYTES, fault),
  zboot: unpackZboot,
};

const WRAPPING_NAMES: Readonly<Record<Wrapping, string>> = {
  gzip: 'gzip-compressed file',
  zboot: 'EFI zboot image',
};

const PARSERS: Readonly<Record<KernelFormat, (file: Uint8Array) => KernelImage>> = {
  bzImage: parseBzImage,
  Image: parseArm64Image,
  zImage: parseZImage,
};

const isWrapping = (format: KernelFormat | Wrapping): format is Wrapping => format in UNWRAP;

/** Only an arm64 Image is wrapped: the other formats are packed inside, and unpack themselves. */
function insideOf(wrapping: Wrapping, content: Uint8Array): 'Image' {
  let inside: string;
  try {
    const format = recogniseKernel(content);
    if (format === 'Image') return format;
    inside = isWrapping(format) ? `another ${WRAPPING_NAMES[format]}` : `a ${format}`;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    inside = 'something else';
  }
  throw new InputError(
    'kernel/wrapped',
    `the kernel is a ${WRAPPING_NAMES[wrapping]} with ${inside} in it; only arm64 Images are unpacked`,
    { hint: 'unpack it, and give the file that is in it' },
  );
}

/**
 * Reads a kernel file of any architecture; a gzip-compressed Image and an EFI zboot image are unpacked.
 *
 * @throws InputError `kernel/format` for a file that no loader of Jailhouse starts; `kernel/truncated`,
 *   `kernel/protocol`, `kernel/damaged`, `kernel/payload`, `kernel/zboot`, `kernel/wrapped`
 */
export async function openKernel(file: Uint8Array): Promise<OpenedKernel> {
  const given = recogniseKernel(file);
  const wrapping = isWrapping(given) ? given : null;
  const content = wrapping === null ? file : await UNWRAP[wrapping](file);
  const format = isWrapping(given) ? insideOf(given, content) : given;
  return { file: content, image: PARSERS[format](content), architecture: ARCHITECTURE_OF[format], wrapping };
}
