import type { BundleMetadata, MachineMetadata } from '../bundle/read-metadata.ts';
import { isHook, METADATA_NAME, SUMS_NAME } from '../bundle/names.ts';
import type { FileDigest } from '../bundle/tar.ts';
import type { ReleasedBundle } from './subject.ts';

/** What a file of a bundle is for. */
export type PartRole =
  | 'kernel'
  | 'initrd'
  | 'loader'
  | 'params'
  | 'device tree'
  | 'image'
  | 'cell config'
  | 'system config'
  | 'launch script'
  | 'hook'
  | 'systemd unit'
  | 'bundle list'
  | 'other';

/** A file that a cell is started with. */
export interface Part {
  role: PartRole;
  /** In the bundle, or absolute on the target; `null`: wherever Jailhouse is installed there. */
  path: string | null;
  /** `null`: not known when the bundle was built. */
  digest: FileDigest | null;
  /** Of a kernel: its version text. */
  version: string | null;
  /** Of an initrd: the files that were joined in it; empty where it is one file. */
  joined: readonly JoinedFile[];
}

/** A file as it was given. */
interface JoinedFile {
  file: string;
  digest: FileDigest;
}

type CellMetadata = BundleMetadata | MachineMetadata['cells'][number];

const cellsOf = (metadata: ReleasedBundle['metadata']): readonly CellMetadata[] =>
  'kind' in metadata ? metadata.cells : [metadata];

/** On arm, what the kernel gets beside its initrd is a device tree. */
const paramsRole = ({ cell }: CellMetadata): PartRole =>
  cell.architecture === 'x86' ? 'params' : 'device tree';

const LOADED = new Set<string>(['kernel', 'initrd', 'loader', 'image'] satisfies PartRole[]);

function roleOf(role: string, cell: CellMetadata): PartRole {
  if (role === 'params') return paramsRole(cell);
  return LOADED.has(role) ? (role as PartRole) : 'other';
}

/** What a list of initrds in the manifest was; bundles of older versions do not say. */
const joinedOf = ({ inputs = [] }: CellMetadata): JoinedFile[] =>
  inputs.flatMap(({ key, file, size, sha256 }) =>
    /^initrd\.\d+$/.test(key) ? [{ file, digest: { size, sha256 } }] : [],
  );

/** By its name, of a file that no cell is loaded with. */
function roleByName(path: string): PartRole {
  if (path === 'launch.sh') return 'launch script';
  if (isHook(path)) return 'hook';
  if (/\.(?:service|target)$/.test(path)) return 'systemd unit';
  if (path === METADATA_NAME || path.startsWith(SUMS_NAME)) return 'bundle list';
  return 'other';
}

type Facts = Pick<Part, 'role' | 'version' | 'joined'>;
const PLAIN: Omit<Facts, 'role'> = { version: null, joined: [] };

/** All files of a bundle and those that it only names: in the archive's order, then by path. */
export function partsOf({ metadata, files, onTarget }: ReleasedBundle): Part[] {
  const roles = new Map<string, Facts>();
  const note = (path: string, role: PartRole, facts: Partial<Facts> = {}): void => {
    if (!roles.has(path)) roles.set(path, { ...PLAIN, ...facts, role });
  };
  let installed = false;
  if (metadata.system !== null) note(metadata.system.file, 'system config');
  for (const cell of cellsOf(metadata)) {
    note(cell.cell.file, 'cell config');
    for (const item of cell.load) {
      if ('string' in item) continue;
      const role = roleOf(item.role, cell);
      if (item.file === null) installed = true;
      else if (role === 'kernel') note(item.file, role, { version: cell.kernel?.version ?? null });
      else note(item.file, role, role === 'initrd' ? { joined: joinedOf(cell) } : {});
    }
  }
  const part = (path: string, digest: FileDigest | null): Part => ({
    path,
    digest,
    ...(roles.get(path) ?? { ...PLAIN, role: roleByName(path) }),
  });
  const elsewhere = [...roles.keys()].filter((path) => path.startsWith('/')).toSorted();
  return [
    ...[...files].map(([path, digest]) => part(path, digest)),
    ...elsewhere.map((path) => part(path, onTarget.get(path) ?? null)),
    ...(installed ? [{ ...PLAIN, role: 'loader' as const, path: null, digest: null }] : []),
  ];
}
