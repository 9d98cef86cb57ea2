import { concatBytes } from '../../base/bytes.ts';
import { InputError, inputErrorOf } from '../../base/diagnostic.ts';
import type { Architecture } from '../../base/choices.ts';
import { parseArm64Image } from './arm64-image.ts';
import { parseBzImage } from './bzimage.ts';
import type { Packing } from '../compression/detect.ts';
import { decodeWhole, streamOf } from '../compression/decode.ts';
import type { Fault } from '../compression/decoder.ts';
import {
  architectureOfImage,
  type KernelFormat,
  type KernelImage,
  nameStranger,
  recogniseKernel,
  type Wrapping,
} from './recognise.ts';
import { MAX_KERNEL_BYTES } from './packed.ts';
import { parseVmlinux } from './vmlinux.ts';
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

/** As a noun: `gzip-compressed file`. */
const nameOf = (wrapping: Wrapping): string =>
  wrapping === 'zboot' ? 'EFI zboot image' : `${wrapping}-compressed file`;

/** As much of a file tells what it is. */
const TELLING_SIZE = 4096;

/** The first bytes of what is packed; fewer where there are no more. */
async function headOf(file: Uint8Array, packing: Packing, fault: Fault): Promise<Uint8Array> {
  const pieces = (await streamOf(packing))(file, fault);
  const heads: Uint8Array[] = [];
  for (let size = 0; size < TELLING_SIZE;) {
    const { done, value } = await pieces.next();
    if (done) break;
    heads.push(value.slice(0, TELLING_SIZE));
    size += value.length;
  }
  await pieces.return(null);
  return concatBytes(heads);
}

/**
 * Unpacks what is a kernel by its first bytes: anything else may be endless.
 *
 * @throws InputError `kernel/payload`, `kernel/wrapped`
 */
async function decompress(file: Uint8Array, packing: Packing): Promise<Uint8Array> {
  const fault: Fault = (why) =>
    new InputError('kernel/payload', `the ${packing}-compressed kernel ${why}`, {
      fix: 'copy or pack the kernel again',
    });
  insideOf(packing, await headOf(file, packing, fault));
  return decodeWhole(file, packing, MAX_KERNEL_BYTES, fault);
}

const PARSERS: Readonly<Record<KernelFormat, (file: Uint8Array) => KernelImage>> = {
  bzImage: parseBzImage,
  Image: parseArm64Image,
  zImage: parseZImage,
  vmlinux: parseVmlinux,
};

const isWrapping = (format: KernelFormat | Wrapping): format is Wrapping => !(format in PARSERS);

/** Of what is loaded, only an arm64 Image is wrapped: the other formats are packed inside, and unpack themselves. */
function insideOf(wrapping: Wrapping, content: Uint8Array): 'Image' | 'vmlinux' {
  let inside: string;
  try {
    const format = recogniseKernel(content);
    if (format === 'Image' || format === 'vmlinux') return format;
    inside = isWrapping(format) ? `another ${nameOf(format)}` : `a ${format}`;
  } catch (error) {
    inputErrorOf(error);
    inside = nameStranger(content) ?? 'something else';
  }
  throw new InputError(
    'kernel/wrapped',
    `the kernel is a ${nameOf(wrapping)} with ${inside} in it; only arm64 Images are unpacked`,
    { fix: 'unpack it, and give the file that is in it' },
  );
}

/**
 * Reads a kernel file of any architecture; a compressed Image or vmlinux and an EFI zboot image are unpacked.
 *
 * @throws InputError `kernel/format` for a file that is no Linux kernel of ours; `kernel/truncated`,
 *   `kernel/protocol`, `kernel/damaged`, `kernel/payload`, `kernel/zboot`, `kernel/wrapped`
 */
export async function openKernel(file: Uint8Array): Promise<OpenedKernel> {
  const given = recogniseKernel(file);
  const wrapping = isWrapping(given) ? given : null;
  const content =
    wrapping === null ? file : await (wrapping === 'zboot' ? unpackZboot(file) : decompress(file, wrapping));
  const format = isWrapping(given) ? insideOf(given, content) : given;
  const image = PARSERS[format](content);
  return { file: content, image, architecture: architectureOfImage(image), wrapping };
}
