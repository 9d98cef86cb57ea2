import { ARCHITECTURES, isOneOf, SEVERITIES } from '../base/choices.ts';
import type { AddressRange } from '../base/ranges.ts';
import { InputError } from '../base/diagnostic.ts';
import { metadataOf, type BundleMetadata, type MachineMetadata } from '../bundle/read-metadata.ts';
import { METADATA_NAME, shown } from '../bundle/names.ts';
import { verifyBundle } from '../bundle/verify.ts';
import type { GivenCell, GivenMachine, Loaded } from '../explain/resolve/machine.ts';
import { parseCellConfig } from '../formats/cell/config.ts';
import { versionNamed } from '../formats/cell/layout-ids.ts';
import { parseSystemConfig } from '../formats/cell/system.ts';
import { looksLikeDtb, parseDtb } from '../formats/dtb/parse.ts';
import { LIMITS, readChunks, seeFile } from './files.ts';

type CellMetadata = MachineMetadata['cells'][number] | BundleMetadata;

/** What no build writes to bundle.json. */
const badMetadata = (what: string): InputError =>
  new InputError('bundle/metadata', `${METADATA_NAME} ${what}`, {
    fix: 'build the bundle again with this version of jailhouse-bundle',
  });

const ADDRESS = /^0x[0-9a-f]{1,16}$/;

function addressOf(text: string): bigint {
  if (!ADDRESS.test(text)) throw badMetadata(`loads something to ${shown(text)}, which is not an address`);
  return BigInt(text);
}

function loadedOf({ load }: CellMetadata): Loaded[] {
  return load.flatMap((item): Loaded[] => {
    if (item.address === null) return [];
    const start = addressOf(item.address);
    if ('string' in item) {
      return [
        { name: 'the arguments of the loader', range: { start, size: BigInt(item.string.length + 1) } },
      ];
    }
    if (item.size === null) return [];
    const name = item.role === 'image' ? item.file! : `the ${item.role}`;
    return [{ name, range: { start, size: BigInt(item.size) } }];
  });
}

const RAM = 1;

/** RAM as the kernel is told of it. */
function memoryOf(metadata: CellMetadata): AddressRange[] | null {
  if (!('cmdline' in metadata)) return null;
  const map = metadata.e820?.filter(({ type }) => type === RAM) ?? metadata.memory;
  return map?.map(({ address, size }) => ({ start: addressOf(address), size: addressOf(size) })) ?? null;
}

const findingsOf = ({ findings }: CellMetadata): GivenCell['findings'] =>
  findings.flatMap(({ rule, severity, message, waived }) =>
    isOneOf(SEVERITIES, severity) ? [{ code: rule, severity, message, waived: waived?.reason ?? null }] : [],
  );

/** The file that is loaded as params: on arm, the device tree of the kernel. */
function paramsOf({ load }: CellMetadata): string | null {
  for (const item of load) if ('role' in item && item.role === 'params') return item.file;
  return null;
}

const fileIn = (contents: ReadonlyMap<string, Uint8Array>, path: string): Uint8Array => {
  const content = contents.get(path);
  if (content === undefined) throw badMetadata(`names ${shown(path)}, which is not in the bundle`);
  return content;
};

function cellOf(metadata: CellMetadata, contents: ReadonlyMap<string, Uint8Array>): GivenCell {
  const params = paramsOf(metadata);
  const image = params === null ? undefined : contents.get(params);
  return {
    config: parseCellConfig(fileIn(contents, metadata.cell.file), versionNamed(metadata.cell.layout)),
    tree: image !== undefined && looksLikeDtb(image) ? parseDtb(image) : null,
    loaded: loadedOf(metadata),
    memory: memoryOf(metadata),
    cmdline: 'cmdline' in metadata ? metadata.cmdline : null,
    findings: findingsOf(metadata),
  };
}

function metadataIn(contents: ReadonlyMap<string, Uint8Array>): BundleMetadata | MachineMetadata {
  // It was verified, so it is JSON.
  const metadata = metadataOf(JSON.parse(new TextDecoder().decode(fileIn(contents, METADATA_NAME))));
  if (metadata === null) throw badMetadata('is not in the form that this version writes');
  return metadata;
}

/** Bytes of the files of a bundle that are looked at: configs and params are small. */
function collector(): { take(path: string, bytes: Uint8Array): void; contents(): Map<string, Uint8Array> } {
  const chunks = new Map<string, Uint8Array[]>();
  let size = 0;
  return {
    take(path, bytes) {
      if (!path.endsWith('.cell') && !path.endsWith('params') && path !== METADATA_NAME) return;
      size += bytes.length;
      if (size > LIMITS.deviceTree) return;
      const file = chunks.get(path) ?? [];
      file.push(bytes.slice());
      chunks.set(path, file);
    },
    contents: () => new Map([...chunks].map(([path, parts]) => [path, Buffer.concat(parts)])),
  };
}

/**
 * What a bundle, of one cell or of a machine, says of the machine that a log is from.
 *
 * @throws InputError for the first thing that is wrong with it
 */
export async function readBundledMachine(file: string): Promise<Pick<GivenMachine, 'system' | 'cells'>> {
  const files = collector();
  const bundle = await verifyBundle(readChunks(await seeFile(file, file)), files.take);
  const first = bundle.diagnostics.find(({ severity }) => severity === 'error');
  if (first !== undefined) {
    const { code, message, ...more } = first;
    throw new InputError(code, `${file}: ${message}`, more);
  }
  const contents = files.contents();
  const metadata = metadataIn(contents);
  const cells = 'kind' in metadata ? metadata.cells : [metadata];
  const { system } = metadata;
  const architecture = cells[0]?.cell.architecture;
  const named = architecture !== undefined && isOneOf(ARCHITECTURES, architecture) ? architecture : undefined;
  return {
    system:
      system === null
        ? null
        : parseSystemConfig(fileIn(contents, system.file), named, versionNamed(system.layout)),
    cells: cells.map((cell) => cellOf(cell, contents)),
  };
}
