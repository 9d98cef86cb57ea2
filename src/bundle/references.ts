import { failure, InputError, type Diagnostic } from '../base/diagnostic.ts';
import { SCRIPT_NAME, unitName, watchName } from './layout.ts';
import type { Listing } from './listing.ts';
import { serviceName, targetName } from './machine/names.ts';
import { COPY_AGAIN, MACHINE_FORMAT, METADATA_NAME, shown } from './names.ts';

/** What needs a file, and the file: a key of bundle.json, or a use of the bundle. */
interface Reference {
  by: string;
  path: string;
  /** It may be one of the target that nobody knew when the bundle was built. */
  unknown?: true;
}

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const unusable = (what: string): InputError =>
  new InputError('bundle/metadata', `${METADATA_NAME} ${what}`, { fix: COPY_AGAIN });

export const malformed = (key: string): InputError =>
  unusable(`has no \`${key}\` in the form that build writes`);

function fileIn(value: unknown, key: string): Reference {
  if (isObject(value) && typeof value.file === 'string') return { by: `${key}.file`, path: value.file };
  throw malformed(`${key}.file`);
}

/** A cell: its config, and all that it loads. */
function cellReferences(facts: unknown, at: string): Reference[] {
  if (!isObject(facts) || !Array.isArray(facts.load)) throw malformed(`${at}load`);
  const load = facts.load.flatMap((item: unknown, index): Reference[] => {
    const key = `${at}load[${index}]`;
    if (!isObject(item)) throw malformed(key);
    if (typeof item.string === 'string') return [];
    if (item.file === null && item.role === 'loader') return [];
    return [{ ...fileIn(item, key), ...(item.role === 'loader' ? { unknown: true as const } : {}) }];
  });
  const { kernel } = facts;
  const roles = facts.load.map((item: unknown) => (isObject(item) ? item.role : null));
  if (kernel !== null && !roles.includes('kernel'))
    throw unusable(`has a kernel, and does not load it in \`${at}load\``);
  const { hooks = {} } = facts;
  if (!isObject(hooks)) throw malformed(`${at}hooks`);
  const run = Object.entries(hooks).map(([hook, path]): Reference => {
    if (typeof path !== 'string') throw malformed(`${at}hooks.${hook}`);
    return { by: `${at}hooks.${hook}`, path };
  });
  return [fileIn(facts.cell, `${at}cell`), ...load, ...run];
}

const always = (path: string, by: string): Reference => ({ by, path });

function references({ name, json }: Listing): Reference[] {
  const script = always(SCRIPT_NAME, 'the start of the bundle');
  if (json.format !== MACHINE_FORMAT) {
    const system = json.system === null || json.system === undefined ? [] : [fileIn(json.system, 'system')];
    const watch = json.restart === 'always' ? [always(watchName(name), 'systemd')] : [];
    return [...cellReferences(json, ''), ...system, script, always(unitName(name), 'systemd'), ...watch];
  }
  if (!Array.isArray(json.cells)) throw malformed('cells');
  const cells = json.cells.flatMap((cell: unknown, index) => {
    const at = `cells[${index}]`;
    if (!isObject(cell) || typeof cell.name !== 'string') throw malformed(`${at}.name`);
    const watch = cell.restart === 'always' ? [always(watchName(`${name}-${cell.name}`), 'systemd')] : [];
    return [...cellReferences(cell, `${at}.`), always(serviceName(name, cell.name), 'systemd'), ...watch];
  });
  return [...cells, fileIn(json.system, 'system'), script, always(targetName(name), 'systemd')];
}

/**
 * Files that the bundle is of no use without, and that neither it nor its lists have: who takes a file out, and its
 * lines from both lists, leaves these traces.
 *
 * @param has whether the archive has a file
 */
export function checkReferences(listing: Listing, has: (path: string) => boolean): Diagnostic[] {
  const missing = new Map<string, Reference>();
  for (const reference of references(listing)) {
    const { path, unknown } = reference;
    if (listing.files.has(path) || has(path) || (unknown && path.startsWith('/'))) continue;
    if (!missing.has(path)) missing.set(path, reference);
  }
  return [...missing.values()].map(({ by, path }) =>
    path.startsWith('/')
      ? failure('bundle/lists', `${METADATA_NAME} has no digest of ${shown(path)}, which \`${by}\` names`, {
          fix: COPY_AGAIN,
        })
      : failure('bundle/missing', `${shown(path)} is not in the bundle, and ${byWords(by)} needs it`, {
          fix: COPY_AGAIN,
        }),
  );
}

const byWords = (by: string): string => (/\.file$|\bhooks\./.test(by) ? `\`${by}\` of ${METADATA_NAME}` : by);
