import { decoderOf } from '../compression/decode.ts';
import { PACKED, type Packing } from '../compression/detect.ts';
import type { Fault, Unpacked } from '../compression/decoder.ts';
import { InputError, inputErrorOf } from '../../base/diagnostic.ts';
import { MAX_KERNEL_BYTES, type Packed, type Payload, SIZE_WORD } from './packed.ts';
import type { ZImage } from './zimage.ts';

/** What follows the magic as the kernel build packs: the code that unpacks it has the magic, too. */
interface Start {
  compression: Packing;
  /** Whether what follows the magic can be such a header; `at` is where the magic starts. */
  isHeader: (view: DataView, at: number) => boolean;
}

const HEADER_ROOM = 16;
/** LZ4_compressBound of the 8 MiB that a chunk has. */
const LZ4_CHUNK_LIMIT = 8_421_520;

/** Linux, arch/arm/boot/compressed/Makefile: what a zImage may be packed with. */
const STARTS: readonly Start[] = [
  // Deflate, and no flags: neither a name nor a comment follows.
  { compression: 'gzip', isHeader: (view, at) => view.getUint16(at + 2) === 0x0800 },
  {
    compression: 'xz',
    // The build asks for CRC-32; what follows is the checksum of that.
    isHeader: (view, at) => view.getUint16(at + 6) === 1 && view.getUint32(at + 8) === 0x6922_de36,
  },
  {
    // Its length is not known to the packer, which reads a pipe.
    compression: 'lzma',
    isHeader: (view, at) => view.getBigUint64(at + 5) === 0xffff_ffff_ffff_ffffn,
  },
  {
    compression: 'lzo',
    isHeader: (view, at) => view.getUint8(at + 9) === 0x10,
  },
  {
    compression: 'lz4',
    isHeader: (view, at) => {
      const chunk = view.getUint32(at + 4, true);
      return chunk > 0 && chunk <= LZ4_CHUNK_LIMIT && at + 8 + chunk <= view.byteLength;
    },
  },
];

/** In front of the packed kernel there is only the code that unpacks it. */
const SEARCHED_BYTES = 1 << 20;
/** A wrong start costs a decoder's run, so there are few of them, and fewer where they may unpack to much. */
const MAX_ATTEMPTS = 4;
const UNPACKED_BYTES = 64 << 20;
/** Of kernels that do not say their size: they are older than Linux 4.15, and small. */
const UNSAID_SIZE_LIMIT = 32 << 20;

/** Where packed data may start, in the file's order. */
function findStarts(image: Uint8Array): { compression: Packing; offset: number }[] {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const searched = Buffer.from(image.buffer, image.byteOffset, Math.min(image.length, SEARCHED_BYTES));
  const found: { compression: Packing; offset: number }[] = [];
  for (const { compression, isHeader } of STARTS) {
    const wanted = Uint8Array.from(PACKED[compression].bytes);
    for (let at = searched.indexOf(wanted); at >= 0; at = searched.indexOf(wanted, at + 1)) {
      if (at + HEADER_ROOM <= image.length && isHeader(view, at)) found.push({ compression, offset: at });
    }
  }
  return found.toSorted((one, other) => one.offset - other.offset);
}

const fault: Fault = (why) => new InputError('kernel/payload', `the zImage's packed kernel ${why}`);

async function tryDecoding(packing: Packing, data: Uint8Array, limit: number): Promise<Unpacked | null> {
  try {
    const decode = await decoderOf(packing);
    return await decode(data, limit, fault);
  } catch (error) {
    inputErrorOf(error);
    return null;
  }
}

type Found = { bytes: Uint8Array; packed: Packed } | null;

/** Since Linux 4.15 the zImage says where the size word is; the packed kernel ends in front of it, gzip's in it. */
async function unpackUpTo(
  image: Uint8Array,
  { size, sizeAt }: NonNullable<ZImage['kernel']>,
  { compression, offset }: { compression: Packing; offset: number },
  limit: number,
): Promise<Found> {
  const data = image.subarray(offset, compression === 'gzip' ? sizeAt + SIZE_WORD : sizeAt);
  const unpacked = await tryDecoding(compression, data, limit);
  if (unpacked?.consumed !== data.length || unpacked.bytes.length !== size) return null;
  return { bytes: unpacked.bytes, packed: { offset, length: data.length, compression } };
}

/** Before, the data's own end and what proves it: gzip's checksum, or a size word that follows. */
async function unpackFrom(
  image: Uint8Array,
  { compression, offset }: { compression: Packing; offset: number },
  limit: number,
): Promise<Found> {
  const unpacked = await tryDecoding(compression, image.subarray(offset), limit);
  if (unpacked === null) return null;
  const { bytes, consumed: length } = unpacked;
  const end = offset + length;
  const found = { bytes, packed: { offset, length, compression } };
  if (compression === 'gzip') return found;
  if (end + SIZE_WORD > image.length) return null;
  const said = new DataView(image.buffer, image.byteOffset).getUint32(end, true);
  return said === bytes.length ? found : null;
}

/** Finds and unpacks the kernel inside a zImage, whose header does not say where it starts. */
export async function unpackZImage(file: Uint8Array, { imageSize, kernel }: ZImage): Promise<Payload> {
  const image = file.subarray(0, imageSize);
  // lz4 data has no end of its own.
  const starts =
    kernel === null
      ? findStarts(image).filter(({ compression }) => compression !== 'lz4')
      : findStarts(image.subarray(0, kernel.sizeAt + SIZE_WORD));
  const limit = kernel === null ? UNSAID_SIZE_LIMIT : Math.min(kernel.size, MAX_KERNEL_BYTES);
  const attempts = Math.max(1, Math.min(MAX_ATTEMPTS, Math.floor(UNPACKED_BYTES / limit)));
  for (const start of starts.slice(0, attempts)) {
    const found = await (kernel === null
      ? unpackFrom(image, start, limit)
      : unpackUpTo(image, kernel, start, limit));
    if (found !== null) return { kind: 'unpacked', ...found };
  }
  const because =
    starts.length === 0
      ? 'no packed kernel with a known magic was found in the zImage'
      : kernel === null
        ? 'nothing in the zImage can be unpacked as a kernel'
        : `nothing in the zImage unpacks to the ${kernel.size} bytes that it says its kernel has`;
  return { kind: 'not-located', because };
}
