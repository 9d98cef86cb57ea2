import type { AddressRange } from '../../base/ranges.ts';
import { concatBytes } from '../../base/bytes.ts';
import { SETUP_HEADER_OFFSET, setupHeader } from '../../formats/kernel/bzimage.ts';
import { array, u32le, u64le, u8 } from '../../base/struct.ts';
import { e820Entry, type E820Entry } from './e820.ts';
import type { SetupDataForm } from './releases.ts';
import { encodeSetupData, setupDataSize, type SetupDataFacts } from './setup-data.ts';

export const ZERO_PAGE_SIZE = 0x1000;
export const E820_COUNT_OFFSET = 0x1e8;
export const E820_TABLE_OFFSET = 0x2d0;
/** The zero page names the cmdline and the initrd by 32-bit addresses: both lie below this. */
export const ADDRESS_LIMIT = 1n << 32n;
/** The copy of the setup_header starts one byte early, as upstream's does. */
const COPY_START = 0x1f0;
/** The boot protocol's number for a boot loader without one. */
const TYPE_OF_LOADER_UNDEFINED = 0xff;

/** Where a field of the setup_header stands in the zero page. */
const at = (field: keyof typeof setupHeader.offsets): number =>
  SETUP_HEADER_OFFSET + setupHeader.offsets[field];

export interface ParamsInput {
  /** The start of the kernel file, with its setup_header. */
  head: Uint8Array;
  prefAddress: bigint;
  /** Guest address of the params image. */
  address: bigint;
  initrd: AddressRange | null;
  e820: readonly E820Entry[];
  setupData: SetupDataForm;
  facts: SetupDataFacts;
  cmdline: string;
}

/** Bytes of the params image for a cmdline. */
export const paramsSize = (form: SetupDataForm, cmdline: string): number =>
  ZERO_PAGE_SIZE + setupDataSize(form) + Buffer.byteLength(cmdline) + 1;

/**
 * The params image of `jailhouse cell linux`: zero page, setup_data, cmdline and its NUL.
 *
 * @throws RangeError if an address does not fit its field (32 bits for initrd and cmdline)
 */
export function encodeParams(input: ParamsInput): Uint8Array<ArrayBuffer> {
  const page = new Uint8Array(ZERO_PAGE_SIZE);
  page[E820_COUNT_OFFSET] = input.e820.length;
  const copyEnd = 0x202 + input.head[0x201]!;
  page.set(input.head.subarray(COPY_START, copyEnd), COPY_START);

  const setupDataAddress = input.address + BigInt(ZERO_PAGE_SIZE);
  const view = new DataView(page.buffer);
  u8.write(view, at('type_of_loader'), TYPE_OF_LOADER_UNDEFINED);
  u32le.write(view, at('ramdisk_image'), Number(input.initrd?.start ?? 0n));
  u32le.write(view, at('ramdisk_size'), Number(input.initrd?.size ?? 0n));
  u32le.write(view, at('cmd_line_ptr'), Number(setupDataAddress + BigInt(setupDataSize(input.setupData))));
  // Eight bytes, as upstream writes them: relocatable_kernel, min_alignment and xloadflags become zero.
  u64le.write(view, at('kernel_alignment'), input.prefAddress);
  u64le.write(view, at('setup_data'), setupDataAddress);

  const table = array(e820Entry, input.e820.length);
  table.write(view, E820_TABLE_OFFSET, [...input.e820]);

  const cmdline = new TextEncoder().encode(`${input.cmdline}\0`);
  return concatBytes([page, encodeSetupData(input.setupData, input.facts), cmdline]);
}
