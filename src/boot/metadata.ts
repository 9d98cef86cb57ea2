import { InputError } from '../base/diagnostic.ts';
import type { BundleMetadata } from '../bundle/read-metadata.ts';
import type { BoxImage } from './types.ts';

/** What no build writes to bundle.json. */
export const badMetadata = (what: string): InputError =>
  new InputError('boot/metadata', `bundle.json ${what}`, {
    fix: 'build the bundle again with this version of jailhouse-bundle',
  });

const ROLES = ['loader', 'kernel', 'initrd', 'params'] as const satisfies readonly BoxImage['role'][];

/** No bundle has as many by far. */
const MOST_LOADED = 64;

const ADDRESS = /^0x[0-9a-f]{1,16}$/;

function addressOf(text: string | null): bigint {
  // Left to the tool: the first address of the cell.
  if (text === null) return 0n;
  if (!ADDRESS.test(text))
    throw badMetadata(`loads something to '${text.slice(0, 40)}', which is not an address`);
  return BigInt(text);
}

/** One argument group of `jailhouse cell load`. */
export type Loaded = { address: bigint } & (
  { role: (typeof ROLES)[number]; file: string | null } | { string: string }
);

/** What bundle.json says is loaded. @throws InputError `boot/metadata` for what no build writes */
export function readLoad({ load }: BundleMetadata): Loaded[] {
  if (load.length > MOST_LOADED) throw badMetadata(`has ${load.length} things to load`);
  return load.map((item): Loaded => {
    const address = addressOf(item.address);
    if ('string' in item) return { address, string: item.string };
    const role = ROLES.find((each) => each === item.role);
    if (role === undefined) throw badMetadata(`loads a '${item.role.slice(0, 40)}', which is not known`);
    return { address, role, file: item.file };
  });
}
