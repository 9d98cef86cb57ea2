import { readFile } from 'node:fs/promises';
import { InputError } from '../../base/diagnostic.ts';
import { badMetadata } from '../../boot/metadata.ts';
import {
  GIVEN_ROLES,
  readSubject,
  type FileOnDisk,
  type GivenRole,
  type ReadSubject,
} from '../../boot/subject.ts';
import { BUNDLE_NAMES } from '../../bundle/contents.ts';
import type { VerifiedBundle } from '../../bundle/verify.ts';
import { parseCellConfig } from '../../formats/cell/config.ts';
import { versionNamed } from '../../formats/cell/layout-ids.ts';
import { readConfig } from '../../formats/cell/read.ts';
import { parseSystemConfig } from '../../formats/cell/system.ts';
import type { SystemConfig } from '../../formats/cell/types.ts';
import { readMachineMetadata, readMetadata, type BundleMetadata } from '../../bundle/read-metadata.ts';
import { LIMITS, readChunks, readWhole, seeFile } from '../files.ts';
import { monitorFile } from './monitor.ts';
import type { BootOptions } from './types.ts';
import type { Unpacked } from './unpack.ts';

/** What bundle.json has as the file of a role; `null`: none. */
function fileOf(load: BundleMetadata['load'], role: string): string | null {
  const named = load.find((item) => 'role' in item && item.role === role);
  return named && 'file' in named ? named.file : null;
}

/**
 * Files that stay on the target must be those that the bundle was built with.
 *
 * @param ofMachine kernel and initrd are for the cells that leave theirs on the target
 */
async function checkGiven(
  { onTarget }: VerifiedBundle,
  load: BundleMetadata['load'],
  given: BootOptions['given'],
  ofMachine: boolean,
): Promise<Partial<Record<GivenRole, FileOnDisk>>> {
  const found: Partial<Record<GivenRole, FileOnDisk>> = {};
  for (const role of GIVEN_ROLES) {
    const path = given[role];
    if (path === undefined) continue;
    const onTargetAs = fileOf(load, role);
    const wanted = onTargetAs === null ? undefined : onTarget.get(onTargetAs);
    if (ofMachine && role !== 'loader' && wanted === undefined) continue;
    const seen = await seeFile(path, path);
    found[role] = { file: seen.path, size: seen.size };
    if (wanted === undefined) continue;
    const { createHash } = await import('node:crypto');
    const hash = createHash('sha256');
    for await (const chunk of readChunks(seen)) hash.update(chunk);
    const sha256 = hash.digest('hex');
    if (sha256 === wanted.sha256) continue;
    throw new InputError('boot/other-file', `${path} is not the ${role} that the bundle was built for`, {
      requested: wanted.sha256,
      actual: sha256,
      fix: 'give the file that the manifest named when the bundle was built',
    });
  }
  return found;
}

async function readSystem(path: string): Promise<SystemConfig> {
  const content = await readWhole(await seeFile(path, path), LIMITS.config);
  const { config, problems } = await readConfig(content, path, { kind: 'system' });
  if (config !== null) return config;
  const { code, message, ...more } = problems[0]!;
  throw new InputError(code, `${path}: ${message}`, more);
}

/** A cell of a bundle that was unpacked. */
export interface UnpackedCell {
  /** Among the cells of its machine; `null`: the bundle is of one cell. */
  name: string | null;
  metadata: BundleMetadata;
}

/** No machine has as many cells by far. */
const MOST_CELLS = 256;

/** The cells of a bundle; those without Linux have no metadata to start with. @throws InputError `boot/metadata` */
export function cellsOf({
  bundle: { metadata: text },
}: Unpacked): (Pick<UnpackedCell, 'name'> & { metadata: BundleMetadata | null })[] {
  const machine = text === null ? null : readMachineMetadata(text);
  if (machine !== null) {
    const { tool, system, cells } = machine;
    if (cells.length === 0 || cells.length > MOST_CELLS) throw badMetadata(`has ${cells.length} cells`);
    return cells.map((cell) => ({
      name: cell.name,
      metadata: cell.kernel === null ? null : { ...cell, tool, system },
    }));
  }
  const metadata = text === null ? null : readMetadata(text);
  if (metadata === null) throw badMetadata('is not in the form that this version writes');
  return [{ name: null, metadata }];
}

/** A cell of a bundle, with what was given beside it. @throws InputError for what is wrong with either */
export async function readCell(
  { bundle, files }: Unpacked,
  { name, metadata }: UnpackedCell,
  options: BootOptions,
): Promise<ReadSubject> {
  const read = async (name: string, limit: number): Promise<Uint8Array> => {
    const held = files.get(name);
    if (held === undefined) throw badMetadata(`needs '${name.slice(0, 99)}', which the bundle does not hold`);
    if (held.size > limit)
      throw badMetadata(`needs ${name}, which has ${held.size} bytes, to be a small file`);
    return readFile(held.file);
  };
  const cell = await read(metadata.cell.file, LIMITS.binaryConfig);
  const own = metadata.system && (await read(metadata.system.file, LIMITS.binaryConfig));
  return readSubject(
    {
      metadata,
      name: name ?? bundle.name ?? metadata.cell.name,
      cell: parseCellConfig(cell, versionNamed(metadata.cell.layout)),
      system:
        options.system === null
          ? own && parseSystemConfig(own, undefined, versionNamed(metadata.system?.layout))
          : await readSystem(options.system),
      files,
      params: await read(fileOf(metadata.load, 'params') ?? BUNDLE_NAMES.params, LIMITS.deviceTree),
      given: await checkGiven(bundle, metadata.load, options.given, name !== null),
    },
    (architecture) => monitorFile(architecture, 'loader'),
  );
}
