import { failure, InputError, type Diagnostic } from '../base/diagnostic.ts';
import { hex } from '../base/address.ts';
import { releaseOf, type Revision } from '../formats/cell/releases.ts';
import type { CellConfig, SystemConfig } from '../formats/cell/types.ts';
import type { BundleMetadata } from '../bundle/read-metadata.ts';
import { LOADERS } from '../placement/x86/releases.ts';
import { badMetadata, readLoad } from './metadata.ts';
import type { BoxArchitecture, BoxImage, BoxSubject, ImageContent } from './types.ts';

/** Files that can be given beside a bundle. */
export const GIVEN_ROLES = ['loader', 'kernel', 'initrd'] as const;
export type GivenRole = (typeof GIVEN_ROLES)[number];

/** A file on the disk. */
export interface FileOnDisk {
  file: string;
  size: number;
}

/** A bundle that was unpacked, and what was given beside it. */
export interface UnpackedBundle {
  metadata: BundleMetadata;
  name: string;
  cell: CellConfig;
  system: SystemConfig | null;
  /** The bundle's files, by their names in it. */
  files: ReadonlyMap<string, FileOnDisk>;
  params: Uint8Array;
  given: Readonly<Partial<Record<GivenRole, FileOnDisk>>>;
}

/** The first config revision whose comm region and hypercalls the monitors have. */
const FIRST_REVISION: Revision = 12;

/** @throws InputError `boot/metadata`, `boot/architecture`, `boot/release` */
function supported(architecture: string, cell: CellConfig): BoxArchitecture {
  const { revision } = cell;
  if (cell.architecture !== null && cell.architecture !== architecture) {
    throw badMetadata(`is for ${architecture.slice(0, 40)}, and the cell config for ${cell.architecture}`);
  }
  if (architecture !== 'x86' && architecture !== 'arm64') {
    throw new InputError('boot/architecture', `cells of ${architecture} cannot be started in QEMU here`, {
      requested: 'x86 or arm64',
      actual: architecture,
      fix: 'start it on the target',
    });
  }
  if (revision >= FIRST_REVISION) return architecture;
  throw new InputError(
    'boot/release',
    `the cell is for Jailhouse ${releaseOf(revision) ?? `revision ${revision}`}`,
    {
      requested: 'Jailhouse 0.12 or newer (config revision 12)',
      actual: `config revision ${revision}`,
      fix: 'start it on the target: the box enforces what newer releases do',
    },
  );
}

function missing(role: string, path: string): InputError {
  return new InputError(
    'boot/missing-file',
    `the bundle does not hold the ${role}: it stays on the target as ${path}`,
    {
      fix: `give the same file with --${role}`,
    },
  );
}

function contentOf(
  { role, file }: { role: string; file: string | null },
  { files, given }: UnpackedBundle,
  standIn: Uint8Array,
): { content: ImageContent; size: number } {
  const own = given[role as GivenRole] ?? (file === null ? undefined : files.get(file));
  if (own !== undefined) return { content: { file: own.file }, size: own.size };
  if (role === 'loader') return { content: { bytes: standIn }, size: standIn.length };
  throw missing(role, file ?? '');
}

const withNul = (text: string): Uint8Array => new TextEncoder().encode(`${text}\0`);

/** A bundle, ready to be started. */
export interface ReadSubject {
  subject: BoxSubject;
  /** The loader is the one that comes with this package. */
  usesStandIn: boolean;
}

/**
 * What a bundle's files and bundle.json say of its start.
 *
 * @param standIn the loader that takes the place of Jailhouse's, by architecture
 * @throws InputError `boot/metadata`, `boot/architecture`, `boot/release`, `boot/missing-file`
 */
export function readSubject(
  bundle: UnpackedBundle,
  standIn: (architecture: BoxArchitecture) => Uint8Array,
): ReadSubject {
  const { metadata, cell, system, name, params } = bundle;
  const architecture = supported(metadata.cell.architecture, cell);
  const loader = standIn(architecture);
  const load = readLoad(metadata).map((item): BoxImage => {
    const { address } = item;
    if ('string' in item) {
      const bytes = withNul(item.string);
      return { role: 'arguments', address, size: bytes.length, content: { bytes } };
    }
    return { role: item.role, address, ...contentOf(item, bundle, loader) };
  });
  const usesStandIn = load.some(
    ({ role, content }) => role === 'loader' && 'bytes' in content && content.bytes === loader,
  );
  return {
    subject: { name, architecture, cell, system, cmdline: metadata.cmdline, load, params },
    usesStandIn,
  };
}

/**
 * What Jailhouse's loader dies of, and the one in its place does not see: params over its second part. With the
 * loader itself the boot shows it.
 */
export function overwrittenLoader({ architecture, cell, load }: BoxSubject): Diagnostic | null {
  const abi = architecture === 'x86' ? LOADERS[cell.revision] : undefined;
  const params = load.find(({ role }) => role === 'params');
  if (!abi?.paramsLimit || !params) return null;
  const end = params.address + BigInt(params.size);
  if (end <= abi.paramsLimit) return null;
  return failure(
    'boot/died',
    `the params image ends at ${hex(end)}, and is loaded over the second part of Jailhouse's loader at ${hex(abi.paramsLimit)}`,
    {
      symptom: 'FATAL: Unexpected #VMEXIT, exitcode 7f',
      fix: 'shorten the command line',
    },
  );
}
