import { z } from 'zod';
import { quoteCmdlineWord } from './cmdline-words.ts';
import { KEYS } from './keys.ts';
import type { KeyPattern } from './keys.ts';

/** `description` and `examples` of a key, for editors. */
const text = (pattern: KeyPattern) => {
  const { description, examples } = KEYS[pattern];
  return { description, examples: [...examples] };
};

/** No NUL, which ends a path, and no line break, which ends a line of SHA256SUMS and of a script. */
const path = z.string().regex(/^[^\0\r\n]+$/);

/** Absolute and normalized, so that the same file has one name. */
const targetPath = z.string().regex(/^(?:\/(?!\.{1,2}(?:\/|$))[^\0\r\n/]+)+$/);

/** Written for engines with and without the flag u: the JSON Schema's patterns carry no flags. */
const CONTROL_BUT_TAB = String.raw`\0-\x08\x0a-\x1f\x7f-\x9f`;

/** Tab is a blank to Linux; other control characters are invisible in logs, and terminals act on them. */
const cmdline = z.string().regex(new RegExp(`^[^${CONTROL_BUT_TAB}]*$`));

const word = cmdline.refine((value) => quoteCmdlineWord(value) !== null);

const shipped = z.union([z.literal(true), targetPath]).default(true);

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
    .meta(text('checks.waive.*.rule')),
  reason: z.string().regex(/\S/).meta(text('checks.waive.*.reason')),
  until: z.iso.date().meta(text('checks.waive.*.until')).optional(),
});

/** A manifest as it is written. Its issues are put in our words by issues.ts, so there are no messages here. */
export const manifestSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,90}$/)
    .meta(text('name'))
    .optional(),
  cell: path.meta(text('cell')),
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
  loader: path.meta(text('loader')).optional(),
  system: path.meta(text('system')).optional(),
  placement: z.enum(['exact', 'upstream']).default('exact').meta(text('placement')),
  checks: z
    .strictObject({
      profile: z.enum(['strict', 'mainline']).meta(text('checks.profile')).optional(),
      require: z
        .record(
          z.string().regex(/^CONFIG_[A-Za-z0-9_]+$/),
          z.union([symbolText, z.number().multipleOf(1)]).meta(text('checks.require.*')),
        )
        .default({})
        .meta(text('checks.require')),
      waive: z
        .array(waiver.meta(text('checks.waive.*')))
        .default([])
        .meta(text('checks.waive')),
    })
    .prefault({})
    .meta(text('checks')),
  bundle: z
    .strictObject({
      compress: z.enum(['none', 'gzip']).default('none').meta(text('bundle.compress')),
      kernel: shipped.meta(text('bundle.kernel')),
      initrd: shipped.meta(text('bundle.initrd')),
      loader: shipped.meta(text('bundle.loader')),
    })
    .prefault({})
    .meta(text('bundle')),
});

export type WrittenManifest = z.output<typeof manifestSchema>;

/** The JSON Schema (draft 7) of a manifest, for editors. */
export const manifestJsonSchema = (): Record<string, unknown> => ({
  ...z.toJSONSchema(manifestSchema.meta({ title: 'Jailhouse cell manifest (*.cell.yaml)' }), {
    io: 'input',
    target: 'draft-7',
  }),
});
