import type { AddressRange } from '../../base/ranges.ts';
import type { CodeIn } from '../../base/codes.ts';
import { InputError } from '../../base/diagnostic.ts';
import { SETUP_HEADER_OFFSET, setupHeader, type SetupHeader } from '../../formats/kernel/bzimage.ts';
import { plural } from '../../base/text.ts';
import { array, u64le, type Field } from '../../base/struct.ts';
import { E820_LIMIT, e820Entry, type E820Entry } from './e820.ts';
import { E820_COUNT_OFFSET, E820_TABLE_OFFSET, ZERO_PAGE_SIZE } from './params.ts';
import type { SetupDataForm } from './releases.ts';
import {
  setupDataJlhs,
  setupDataVersion1,
  setupDataVersion2,
  SETUP_JAILHOUSE,
  SETUP_JLHS,
} from './setup-data.ts';

const HEADER_MAGIC = [0x48, 0x64, 0x72, 0x53];
const HEADER_MAGIC_OFFSET = 0x202;
const TYPE_OF_LOADER_OFFSET = 0x210;
/** The boot protocol's number for a boot loader without one; a kernel file has 0 there. */
const TYPE_OF_LOADER_UNDEFINED = 0xff;
/** u64 next, u32 type, u32 len. */
const NODE_HEAD_SIZE = 16;

/** A setup_data node by its names in Linux's and Jailhouse's headers; fields that the form does not have are absent. */
export type SetupDataFields = Record<string, number | bigint | Uint8Array>;

/** What a params image says: the zero page's part of it, its setup_data and its command line. */
export interface ParamsImage {
  /** Guest address of the image itself. */
  address: bigint;
  /** The kernel's setup_header as the zero page has it: with the loader's values. */
  header: SetupHeader;
  /** Where the loader takes the kernel to run; the header's kernel_alignment and the four bytes behind it. */
  prefAddress: bigint;
  initrd: AddressRange | null;
  e820: E820Entry[];
  setupData: { form: SetupDataForm; fields: SetupDataFields };
  cmdline: string;
}

/** Whether the bytes are meant to be a params image: a zero page with a setup_header that a loader has filled. */
export const looksLikeParams = (file: Uint8Array): boolean =>
  file.length > TYPE_OF_LOADER_OFFSET &&
  file.subarray(0, E820_COUNT_OFFSET).every((byte) => byte === 0) &&
  HEADER_MAGIC.every((byte, index) => file[HEADER_MAGIC_OFFSET + index] === byte) &&
  file[TYPE_OF_LOADER_OFFSET] === TYPE_OF_LOADER_UNDEFINED;

function damaged(code: CodeIn<'params'>, what: string, actual?: string, requested?: string): InputError {
  return new InputError(`params/${code}`, `the params image ${what}`, {
    ...(requested === undefined ? {} : { requested }),
    ...(actual === undefined ? {} : { actual }),
    fix: 'build it again; an image of another tool or an unreleased Jailhouse cannot be read',
  });
}

const cutShort = (what: string, need: number, size: number): InputError =>
  damaged('truncated', `is cut short: ${what} ends at byte ${need}, the file has ${size} bytes`);

interface Form {
  form: SetupDataForm;
  type: number;
  table: { size: number; decode(bytes: Uint8Array, at: number): unknown };
}

const FORMS: readonly Form[] = [
  { form: 'jlhs', type: SETUP_JLHS, table: setupDataJlhs },
  { form: 'version1', type: SETUP_JAILHOUSE, table: setupDataVersion1 },
  { form: 'version2', type: SETUP_JAILHOUSE, table: setupDataVersion2 },
];

const knownForms = FORMS.map(({ type, table }) => `type ${type} of ${table.size - NODE_HEAD_SIZE} bytes`);

const numberIn = (fields: SetupDataFields, name: string): number => Number(fields[name]);

function readSetupData(file: Uint8Array, view: DataView): ParamsImage['setupData'] & { end: number } {
  const headEnd = ZERO_PAGE_SIZE + NODE_HEAD_SIZE;
  if (file.length < headEnd) throw cutShort("setup_data's head", headEnd, file.length);
  const type = view.getUint32(ZERO_PAGE_SIZE + 8, true);
  const length = view.getUint32(ZERO_PAGE_SIZE + 12, true);
  const found = FORMS.find((form) => form.type === type && form.table.size - NODE_HEAD_SIZE === length);
  if (!found) {
    const actual = `type ${type} of ${length} bytes`;
    throw damaged(
      'setup-data',
      'has a setup_data node that no Jailhouse release has',
      actual,
      knownForms.join(', '),
    );
  }
  const end = ZERO_PAGE_SIZE + found.table.size;
  if (file.length < end) throw cutShort('setup_data', end, file.length);
  const fields = found.table.decode(file, ZERO_PAGE_SIZE) as SetupDataFields;
  const version = found.form === 'jlhs' ? null : numberIn(fields, 'version');
  if (version !== null && `version${version}` !== found.form) {
    throw damaged('setup-data', `has ${length} bytes of setup_data of version ${version}`);
  }
  if (fields.next !== 0n) throw damaged('setup-data', 'links a second setup_data node, which it cannot hold');
  return { form: found.form, fields, end };
}

function readCmdline(file: Uint8Array, start: number): string {
  const end = file.indexOf(0, start);
  if (end < 0) throw damaged('cmdline', 'is cut short: its command line has no NUL at the end');
  if (end !== file.length - 1) {
    const rest = file.length - 1 - end;
    throw damaged('size', `has ${plural(rest, 'byte')} after the NUL of its command line`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(file.subarray(start, end));
  } catch {
    throw damaged('cmdline', 'has a command line that is not UTF-8');
  }
}

/**
 * Reads a params image of any Jailhouse release; the inverse of `encodeParams`.
 *
 * @param file the whole image: zero page, setup_data, cmdline and its NUL
 * @throws InputError `params/not-params`, `params/truncated`, `params/e820`, `params/setup-data`, `params/address`,
 *   `params/cmdline`, `params/size`
 */
export function parseParams(file: Uint8Array): ParamsImage {
  if (!looksLikeParams(file)) {
    throw damaged('not-params', 'is not valid: it does not start with a zero page that a loader has filled');
  }
  if (file.length < ZERO_PAGE_SIZE) throw cutShort('the zero page', ZERO_PAGE_SIZE, file.length);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const header = setupHeader.decode(file, SETUP_HEADER_OFFSET);
  const read = <T>(field: Field<T>, at: number): T => field.read(view, at);

  const count = file[E820_COUNT_OFFSET]!;
  if (count > E820_LIMIT) {
    throw damaged('e820', `says that it has ${count} e820 entries; a zero page has room for ${E820_LIMIT}`);
  }
  const { end, ...setupData } = readSetupData(file, view);
  const address = header.setup_data - BigInt(ZERO_PAGE_SIZE);
  if (address < 0n) {
    const actual = `0x${header.setup_data.toString(16)}`;
    throw damaged('address', 'points into the first page for its setup_data', actual);
  }
  const cmdlineAddress = address + BigInt(end);
  if (BigInt(header.cmd_line_ptr) !== cmdlineAddress) {
    throw damaged(
      'address',
      'does not point to its own command line',
      `cmd_line_ptr 0x${header.cmd_line_ptr.toString(16)}`,
      `0x${cmdlineAddress.toString(16)}`,
    );
  }
  const { ramdisk_image, ramdisk_size } = header;
  return {
    address,
    header,
    prefAddress: read(u64le, SETUP_HEADER_OFFSET + setupHeader.offsets.kernel_alignment),
    initrd:
      ramdisk_image === 0 && ramdisk_size === 0
        ? null
        : { start: BigInt(ramdisk_image), size: BigInt(ramdisk_size) },
    e820: read(array(e820Entry, count), E820_TABLE_OFFSET),
    setupData,
    cmdline: readCmdline(file, end),
  };
}
