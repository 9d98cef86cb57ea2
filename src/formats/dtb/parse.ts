import { hex } from '../../base/address.ts';
import { InputError } from '../../base/diagnostic.ts';
import {
  alignToken,
  DTB_MAGIC,
  DTB_VERSION,
  fdtHeader,
  fdtProp,
  fdtReserveEntry,
  TOKEN,
  TOKEN_SIZE,
} from './layout.ts';
import type { DeviceTree, DtbNode, DtbProperty, Reservation } from './types.ts';

/** No board nests deeper; what walks a tree may recurse. */
const MAX_DEPTH = 64;

/** Bytes with the NUL; the specification allows 31, vendors use somewhat more. */
const MAX_NAME = 256;

/** Far more than the largest boards have: some thousand nodes, some ten thousand properties. */
const MOST = { nodes: 1 << 16, properties: 1 << 18 } as const;

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

const BUILD_AGAIN = 'build or copy the DTB again';

const damaged = (why: string): InputError =>
  new InputError('dtb/damaged', `the device tree is damaged: ${why}`, { fix: BUILD_AGAIN });

const tooLarge = (what: keyof typeof MOST): InputError =>
  new InputError('dtb/too-large', `the device tree has more than ${MOST[what]} ${what}`, {
    requested: `at most ${MOST.nodes} nodes and ${MOST.properties} properties`,
    fix: `no board has as many: ${BUILD_AGAIN}`,
  });

const truncated = (part: string, need: number, size: number): InputError =>
  new InputError(
    'dtb/truncated',
    `the device tree is cut short: ${part} ends at byte ${need}, the file has ${size} bytes`,
    { fix: BUILD_AGAIN },
  );

export const looksLikeDtb = (file: Uint8Array): boolean =>
  file.length >= 4 && new DataView(file.buffer, file.byteOffset).getUint32(0) === DTB_MAGIC;

function parseHeader(file: Uint8Array) {
  if (!looksLikeDtb(file)) {
    const isSource = /^\s*(?:\/dts-v1\/|\/\*|\/\/|#include)/.test(latin1(file.subarray(0, 64)));
    throw new InputError('dtb/magic', 'the file is not a device tree blob: it does not start with d00dfeed', {
      fix: isSource
        ? 'this looks like its source: compile it with `dtc -I dts -O dtb`'
        : 'give the *.dtb that dtc made',
    });
  }
  if (file.length < fdtHeader.size) throw truncated('the header', fdtHeader.size, file.length);
  const header = fdtHeader.decode(file);
  const { version, last_comp_version: lastCompatible, totalsize } = header;
  if (version < DTB_VERSION || lastCompatible > DTB_VERSION) {
    const actual = `version ${version}, readable from version ${lastCompatible} on`;
    throw new InputError('dtb/version', `the device tree has ${actual}`, {
      requested: `version ${DTB_VERSION}, or newer and readable as ${DTB_VERSION}`,
      actual,
      fix: 'build it again with a newer dtc',
    });
  }
  if (totalsize > file.length) throw truncated('the tree', totalsize, file.length);
  return header;
}

/** A block of the file, by its offset and size. */
function blockOf(file: Uint8Array, total: number, what: string, offset: number, size: number): Uint8Array {
  if (offset + size > total) {
    throw damaged(`${what} (${size} bytes at ${offset}) is outside of its ${total} bytes`);
  }
  return file.subarray(offset, offset + size);
}

function parseReservations(file: Uint8Array, start: number): Reservation[] {
  const reservations: Reservation[] = [];
  for (let at = start; ; at += fdtReserveEntry.size) {
    if (at + fdtReserveEntry.size > file.length) throw damaged('its memory reservations have no end');
    const entry = fdtReserveEntry.decode(file, at);
    if (entry.size === 0n) return reservations;
    reservations.push(entry);
  }
}

/** Reads names of properties; each is looked up once. */
function nameReader(strings: Uint8Array): (offset: number) => string {
  const names = new Map<number, string>();
  return (offset) => {
    let name = names.get(offset);
    if (name !== undefined) return name;
    const start = strings.subarray(offset, offset + MAX_NAME);
    const length = start.indexOf(0);
    if (length < 0) throw damaged(`a property's name at ${offset} of the strings has no end`);
    name = latin1(start.subarray(0, length));
    names.set(offset, name);
    return name;
  };
}

interface OpenNode extends DtbNode {
  properties: DtbProperty[];
  children: DtbNode[];
}

function parseStructure(block: Uint8Array, nameAt: (offset: number) => string): DtbNode {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const open: OpenNode[] = [];
  let root: DtbNode | null = null;
  let at = 0;
  const left: Record<keyof typeof MOST, number> = { ...MOST };
  const count = (what: keyof typeof MOST): void => {
    if (--left[what] < 0) throw tooLarge(what);
  };
  const need = (size: number, what: string): number => {
    const start = at;
    if (start + size > block.length) throw damaged(`${what} at ${start} of the structure has no end`);
    at = alignToken(start + size);
    return start;
  };

  for (;;) {
    const here = need(TOKEN_SIZE, 'a token');
    const token = view.getUint32(here);
    const node = open.at(-1);
    if (token === TOKEN.NOP) continue;
    if (token === TOKEN.BEGIN_NODE) {
      count('nodes');
      const end = block.indexOf(0, at);
      if (end < 0) throw damaged(`the name of a node at ${here} of the structure has no end`);
      const name = latin1(block.subarray(at, end));
      at = alignToken(end + 1);
      if (node === undefined && root !== null) throw damaged('it has two roots');
      if (open.length >= MAX_DEPTH) throw damaged(`its nodes nest deeper than ${MAX_DEPTH}`);
      const child: OpenNode = { name, properties: [], children: [] };
      node?.children.push(child);
      open.push(child);
    } else if (token === TOKEN.END_NODE) {
      if (node === undefined) throw damaged(`a node ends at ${here} of the structure where none is open`);
      open.pop();
      if (open.length === 0) root = node;
    } else if (token === TOKEN.PROP) {
      if (node === undefined) throw damaged(`a property at ${here} of the structure is outside of all nodes`);
      count('properties');
      const { len, nameoff } = fdtProp.decode(block, need(fdtProp.size, 'a property'));
      const start = need(len, `a property of ${len} bytes`);
      node.properties.push({
        name: nameAt(nameoff),
        nameOffset: nameoff,
        value: new Uint8Array(block.subarray(start, start + len)),
      });
    } else if (token === TOKEN.END) {
      if (root === null || node !== undefined) throw damaged('it ends inside a node');
      return root;
    } else {
      throw damaged(`${hex(token)} at ${here} of the structure is not a token`);
    }
  }
}

/**
 * Reads a flattened device tree of version 17 (or newer and compatible with it); FDT_NOP is left out, and so is what
 * stands behind the tree's end.
 *
 * @param file the whole `*.dtb`
 * @throws InputError `dtb/magic`, `dtb/version`, `dtb/truncated`, `dtb/damaged`, `dtb/too-large`
 */
export function parseDtb(file: Uint8Array): DeviceTree {
  const header = parseHeader(file);
  const total = header.totalsize;
  const block = (what: string, offset: number, size: number): Uint8Array =>
    blockOf(file, total, what, offset, size);
  const strings = new Uint8Array(block('its strings block', header.off_dt_strings, header.size_dt_strings));
  const structure = block('its structure block', header.off_dt_struct, header.size_dt_struct);
  return {
    version: header.version,
    lastCompatibleVersion: header.last_comp_version,
    bootCpu: header.boot_cpuid_phys,
    reservations: parseReservations(file.subarray(0, total), header.off_mem_rsvmap),
    root: parseStructure(structure, nameReader(strings)),
    strings,
  };
}
