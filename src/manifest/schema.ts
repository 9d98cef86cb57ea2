import { WAIVABLE_CODES } from '../base/codes.ts';
import { PLACEMENTS, PROFILES, RESTARTS, TAR_PACKINGS } from '../base/choices.ts';
import { z } from 'zod';
import { LAYOUT_IDS } from '../formats/cell/layout-ids.ts';
import { inPlaceJsonSchemas } from '../formats/cell/yaml/json-schema.ts';
import { quoteCmdlineWord } from './cmdline-words.ts';
import { LONGEST_READY, LONGEST_TIMEOUT, regexFault } from './expectation.ts';
import { type KeyPattern, KEYS } from './keys.ts';
import { CONTROL, TARGET_PATH } from './name.ts';
import { wishJsonSchema } from './wish/json-schema.ts';

/** `description` and `examples` of a key, for editors. */
const text = (pattern: KeyPattern) => {
  const { description, examples } = KEYS[pattern];
  return { description, examples: [...examples] };
};

/** A description in place; cell-yaml reads it. */
const inPlace = z.record(z.string(), z.unknown());

const CONTROL_BUT_TAB = String.raw`\0-\x08\x0a-\x1f\x7f-\x9f`;

/** No NUL, which ends a path, no line break, which ends a line of a script, and nothing that a terminal acts on. */
export const path = z.string().regex(new RegExp(`^[^${CONTROL}]+$`));

const targetPath = z.string().regex(TARGET_PATH);

/** Tab is a blank to Linux; other control characters are invisible in logs, and terminals act on them. */
const cmdline = z.string().regex(new RegExp(`^[^${CONTROL_BUT_TAB}]*$`));

const word = cmdline.refine((value) => quoteCmdlineWord(value) !== null);

const expectation = cmdline.min(1).refine((value) => regexFault(value) === null);

const shipped = z.union([z.literal(true), targetPath]).default(true);

/** What a board is called: on one line, as in a file name. */
const board = path;

/** The largest number that every shell compares. */
const LATEST_VERSION = 2 ** 31 - 1;

/** A text that is a slip for y, n or m is refused. */
const symbolText = z
  .string()
  .regex(
    new RegExp(
      `^(?!(?:[YNM]|[Yy]es|YES|[Nn]o|NO|[Oo]n|ON|[Oo]ff|OFF|[Tt]rue|TRUE|[Ff]alse|FALSE)$)[^${CONTROL_BUT_TAB}]*$`,
    ),
  );

const waiver = z.strictObject({
  rule: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)+$/)
    .meta({
      ...text('checks.waive.*.rule'),
      anyOf: [
        { type: 'string', enum: WAIVABLE_CODES },
        { type: 'string', pattern: '^project/' },
      ],
    }),
  reason: z.string().regex(/\S/).meta(text('checks.waive.*.reason')),
  until: z.iso.date().meta(text('checks.waive.*.until')).optional(),
});

/** A manifest as it is written. Its issues are put in our words by issues.ts, so there are no messages here. */
export const manifestSchema = z.strictObject({
  defaults: z
    .union([path, z.array(path.meta(text('defaults.*'))).min(1)])
    .meta(text('defaults'))
    .optional(),
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,90}$/)
    .meta(text('name'))
    .optional(),
  version: z.int().min(0).max(LATEST_VERSION).meta(text('version')).optional(),
  compatible: z
    .union([board, z.array(board.meta(text('compatible.*'))).min(1)])
    .meta(text('compatible'))
    .optional(),
  cell: z.union([path, inPlace]).meta(text('cell')),
  kernel: z
    .strictObject({
      image: path.meta(text('kernel.image')),
      config: path.meta(text('kernel.config')).optional(),
    })
    .meta(text('kernel')),
  initrd: z
    .union([path, z.array(path.meta(text('initrd.*'))).min(1)])
    .meta(text('initrd'))
    .optional(),
  cmdline: z
    .union([cmdline, z.array(word.meta(text('cmdline.*')))])
    .default('')
    .meta(text('cmdline')),
  dtb: path.meta(text('dtb')).optional(),
  loader: path.meta(text('loader')).optional(),
  system: z.union([path, inPlace]).meta(text('system')).optional(),
  layout: z.enum(LAYOUT_IDS).meta(text('layout')).optional(),
  board: path.meta(text('board')).optional(),
  root: z
    .strictObject({
      cmdline: cmdline.meta(text('root.cmdline')).optional(),
      iomem: path.meta(text('root.iomem')).optional(),
      'kernel-config': path.meta(text('root.kernel-config')).optional(),
    })
    .meta(text('root'))
    .optional(),
  placement: z.enum(PLACEMENTS).default('exact').meta(text('placement')),
  checks: z
    .strictObject({
      profile: z.enum(PROFILES).meta(text('checks.profile')).optional(),
      require: z
        .record(
          z.string().regex(/^CONFIG_[A-Za-z0-9_]+$/),
          z.union([symbolText, z.number().multipleOf(1)]).meta(text('checks.require.*')),
        )
        .default({})
        .meta(text('checks.require')),
      rules: z
        .union([path, z.array(path.meta(text('checks.rules.*')))])
        .default([])
        .meta(text('checks.rules')),
      waive: z
        .array(waiver.meta(text('checks.waive.*')))
        .default([])
        .meta(text('checks.waive')),
    })
    .prefault({})
    .meta(text('checks')),
  bundle: z
    .strictObject({
      compress: z.enum(TAR_PACKINGS).default('none').meta(text('bundle.compress')),
      kernel: shipped.meta(text('bundle.kernel')),
      initrd: shipped.meta(text('bundle.initrd')),
      loader: shipped.meta(text('bundle.loader')),
      hooks: z
        .strictObject({
          'before-start': path.meta(text('bundle.hooks.before-start')).optional(),
          'after-start': path.meta(text('bundle.hooks.after-start')).optional(),
          'before-stop': path.meta(text('bundle.hooks.before-stop')).optional(),
          'after-stop': path.meta(text('bundle.hooks.after-stop')).optional(),
        })
        .prefault({})
        .meta(text('bundle.hooks')),
    })
    .prefault({})
    .meta(text('bundle')),
  ready: z
    .strictObject({
      command: cmdline.regex(/\S/).meta(text('ready.command')),
      timeout: z.int().min(1).max(LONGEST_READY).default(60).meta(text('ready.timeout')),
      interval: z.int().min(1).max(LONGEST_READY).default(1).meta(text('ready.interval')),
    })
    .meta(text('ready'))
    .optional(),
  restart: z.enum(RESTARTS).default('never').meta(text('restart')),
  boot: z
    .strictObject({
      expect: z
        .union([expectation, z.array(expectation.meta(text('boot.expect.*')))])
        .default([])
        .meta(text('boot.expect')),
      send: z
        .union([cmdline, z.array(cmdline.meta(text('boot.send.*')))])
        .default([])
        .meta(text('boot.send')),
      timeout: z.number().gt(0).max(LONGEST_TIMEOUT).meta(text('boot.timeout')).optional(),
    })
    .prefault({})
    .meta(text('boot')),
});

export type WrittenManifest = z.output<typeof manifestSchema>;

/** What a cell is made of, without the kernel that runs in it. */
export const wishFileSchema = manifestSchema.pick({
  defaults: true,
  name: true,
  cell: true,
  system: true,
  layout: true,
  board: true,
  root: true,
});

/** The JSON Schema (draft 7) of a manifest that is complete. */
export function wholeJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(manifestSchema.meta({ title: 'Jailhouse cell manifest (*.cell.yaml)' }), {
    io: 'input',
    target: 'draft-7',
  });
  const properties = schema.properties as Record<string, { anyOf?: unknown[] }>;
  for (const [key, inPlaceSchema] of Object.entries(inPlaceJsonSchemas())) {
    const wish = key === 'cell' ? [wishJsonSchema()] : [];
    properties[key]!.anyOf = [properties[key]!.anyOf![0], ...wish, inPlaceSchema];
  }
  return { ...schema };
}

interface JsonMap {
  required?: string[];
  properties: Record<string, JsonMap>;
}

/** The JSON Schema (draft 7) of a manifest or of a file of defaults, for editors: what is needed may be in another file. */
export function manifestJsonSchema(): Record<string, unknown> {
  const { required: _, ...schema } = wholeJsonSchema() as Record<string, unknown> & JsonMap;
  const { required: _image, ...kernel } = schema.properties.kernel!;
  return { ...schema, properties: { ...schema.properties, kernel } };
}
