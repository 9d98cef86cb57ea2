import { z } from 'zod';
import { LAYOUT_IDS } from '../formats/cell/layout-ids.ts';

const address = z.string().nullable();
const text = z.string().nullable();

const tool = z.object({ name: z.string(), version: z.string() });

/** Older versions do not say it. */
const layout = z.enum(LAYOUT_IDS).optional();

const cell = z.object({
  file: z.string(),
  name: z.string(),
  architecture: z.string(),
  revision: z.number(),
  layout,
  release: text,
});

const string = z.object({ string: z.string(), address });

/** What a bundle was made from; older versions did not say. */
const inputs = z
  .array(
    z.object({
      key: z.string(),
      file: z.string().min(1),
      size: z.int().nonnegative(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  )
  .optional();

const findings = z.array(
  z.object({
    rule: z.string(),
    severity: z.string(),
    message: z.string(),
    requested: text,
    actual: text,
    waived: z.object({ reason: z.string(), until: text }).nullable(),
  }),
);

const waivers = z.array(z.object({ rule: z.string(), reason: z.string(), until: text }));

/** What is said of a cell with Linux, in a bundle of its own as in that of a machine. */
const linux = z.object({
  cell,
  kernel: z.object({ format: z.string(), version: text, protocol: text, config: text }),
  profile: z.string().optional(),
  cmdline: z.string(),
  placement: z.string(),
  load: z.array(
    z.union([z.object({ role: z.string(), file: text, address, size: z.number().nullable() }), string]),
  ),
  entry: z.string(),
  e820: z.array(z.object({ address: z.string(), size: z.string(), type: z.number() })).optional(),
  /** Of arm and arm64. */
  memory: z.array(z.object({ address: z.string(), size: z.string() })).optional(),
  commands: z.array(z.string()),
  inputs,
  findings,
  waivers,
});

/** Of a cell without Linux. */
const bare = z.object({
  cell,
  kernel: z.null(),
  load: z.array(
    z.union([
      z.object({ role: z.literal('image'), file: z.string(), address: z.string(), size: z.number() }),
      string,
    ]),
  ),
  /** `null`: where the revision fixes it. */
  entry: text,
  commands: z.array(z.string()),
  inputs,
  findings,
  waivers,
});

const bundle = linux.extend({
  tool,
  system: z.object({ file: z.string(), layout }).nullable(),
  /** Keys of the manifest that options set; not there: none. */
  overrides: z.array(z.object({ key: z.string(), value: z.string() })).optional(),
});

/** What is read of the bundle.json of one cell. */
export type BundleMetadata = z.infer<typeof bundle>;

const named = { name: z.string(), after: z.array(z.string()) };

const machine = z.object({
  kind: z.literal('machine'),
  name: z.string(),
  tool,
  /** With what all cells add to it. */
  system: z.object({
    file: z.string(),
    /** Of the root cell. */
    name: z.string(),
    architecture: z.string(),
    revision: z.number(),
    layout,
    release: text,
  }),
  /** In the order in which they are started. */
  cells: z.array(z.union([linux.extend(named), bare.extend(named)])),
  inputs,
  /** About the machine as a whole. */
  findings,
});

/** What is read of the bundle.json of a machine. With `tool` and `system`, a cell of it is a {@link BundleMetadata}. */
export type MachineMetadata = z.infer<typeof machine>;

/** What a bundle.json says that was parsed as JSON; `null` if it is not in the form that this version writes. */
export const metadataOf = (json: unknown): BundleMetadata | MachineMetadata | null =>
  machine.safeParse(json).data ?? bundle.safeParse(json).data ?? null;

type Issue = z.core.$ZodIssue;

const valueAt = (json: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key],
    json,
  );

/** What is not there may be of an older version. */
function isMalformed(issue: Issue, value: unknown): boolean {
  if (value === undefined) return false;
  if (issue.code !== 'invalid_union') return true;
  return issue.errors.every((branch) =>
    branch.some((inner) => isMalformed(inner, valueAt(value, inner.path))),
  );
}

const keyText = (path: readonly PropertyKey[]): string =>
  path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');

/** Of a cell without a kernel it is `null`. */
const oneCell = bundle.extend({ kernel: bundle.shape.kernel.nullable() });

/**
 * The first key of a bundle.json that is there, and not in the form that this version writes; `null`: there is none.
 *
 * @param isMachine what its format says
 */
export function malformedKey(json: object, isMachine: boolean): string | null {
  const { error } = (isMachine ? machine : oneCell).safeParse(json);
  const issue = error?.issues.find((each) => isMalformed(each, valueAt(json, each.path)));
  return issue === undefined ? null : keyText(issue.path);
}

function parsed(content: string): BundleMetadata | MachineMetadata | null {
  try {
    return metadataOf(JSON.parse(content));
  } catch {
    return null;
  }
}

/** The text of the bundle.json of one cell; `null` if it is not in the form that this version writes. */
export function readMetadata(content: string): BundleMetadata | null {
  const metadata = parsed(content);
  return metadata === null || 'kind' in metadata ? null : metadata;
}

/** The text of the bundle.json of a machine; `null` if it is not in the form that this version writes. */
export function readMachineMetadata(content: string): MachineMetadata | null {
  const metadata = parsed(content);
  return metadata !== null && 'kind' in metadata ? metadata : null;
}
