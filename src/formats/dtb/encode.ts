import { concatBytes } from '../../base/bytes.ts';
import { alignToken, DTB_MAGIC, fdtHeader, fdtProp, fdtReserveEntry, TOKEN, TOKEN_SIZE } from './layout.ts';
import type { DeviceTree, DtbNode } from './types.ts';

function encodeToken(token: number): Uint8Array {
  const out = new Uint8Array(TOKEN_SIZE);
  new DataView(out.buffer).setUint32(0, token);
  return out;
}

function padded(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(alignToken(bytes.length));
  out.set(bytes);
  return out;
}

const encodeNode = ({ name, properties, children }: DtbNode): Uint8Array[] => [
  encodeToken(TOKEN.BEGIN_NODE),
  padded(Buffer.from(`${name}\0`, 'latin1')),
  ...properties.flatMap(({ nameOffset, value }) => [
    encodeToken(TOKEN.PROP),
    fdtProp.encode({ len: value.length, nameoff: nameOffset }),
    padded(value),
  ]),
  ...children.flatMap(encodeNode),
  encodeToken(TOKEN.END_NODE),
];

/**
 * Writes a flattened device tree: header, memory reservations, structure, strings, without padding between or behind.
 * The inverse of parseDtb in meaning; versions are kept.
 */
export function encodeDtb({ root, strings, ...tree }: DeviceTree): Uint8Array<ArrayBuffer> {
  const reservations = concatBytes(
    [...tree.reservations, { address: 0n, size: 0n }].map((entry) => fdtReserveEntry.encode(entry)),
  );
  const structure = concatBytes([...encodeNode(root), encodeToken(TOKEN.END)]);
  const structureAt = fdtHeader.size + reservations.length;
  const stringsAt = structureAt + structure.length;
  const header = fdtHeader.encode({
    magic: DTB_MAGIC,
    totalsize: stringsAt + strings.length,
    off_dt_struct: structureAt,
    off_dt_strings: stringsAt,
    off_mem_rsvmap: fdtHeader.size,
    version: tree.version,
    last_comp_version: tree.lastCompatibleVersion,
    boot_cpuid_phys: tree.bootCpu,
    size_dt_strings: strings.length,
    size_dt_struct: structure.length,
  });
  return concatBytes([header, reservations, structure, strings]);
}
