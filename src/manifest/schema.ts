import { once } from '../base/once.ts';
import { PLACEMENTS, PROFILES, RESTARTS, TAR_PACKINGS } from '../base/choices.ts';
import { z } from 'zod';
import { LAYOUT_IDS } from '../formats/cell/layout-ids.ts';
import { quoteCmdlineWord } from './cmdline-words.ts';
import { LONGEST_READY, LONGEST_TIMEOUT, regexFault } from './expectation.ts';
import { CONTROL, TARGET_PATH } from './name.ts';

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
  rule: z.string().regex(/^[a-z0-9][a-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)+$/),
  reason: z.string().regex(/\S/),
  until: z.iso.date().optional(),
});

/** A manifest as it is written. Its issues are put in our words by issues.ts, so there are no messages here. */
export const manifestSchema = z.strictObject({
  defaults: z.union([path, z.array(path).min(1)]).optional(),
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,90}$/)
    .optional(),
  version: z.int().min(0).max(LATEST_VERSION).optional(),
  compatible: z.union([board, z.array(board).min(1)]).optional(),
  cell: z.union([path, inPlace]),
  kernel: z.strictObject({
    image: path,
    config: path.optional(),
  }),
  initrd: z.union([path, z.array(path).min(1)]).optional(),
  cmdline: z.union([cmdline, z.array(word)]).default(''),
  dtb: path.optional(),
  loader: path.optional(),
  system: z.union([path, inPlace]).optional(),
  layout: z.enum(LAYOUT_IDS).optional(),
  board: path.optional(),
  root: z
    .strictObject({
      cmdline: cmdline.optional(),
      iomem: path.optional(),
      'kernel-config': path.optional(),
    })
    .optional(),
  placement: z.enum(PLACEMENTS).default('exact'),
  checks: z
    .strictObject({
      profile: z.enum(PROFILES).optional(),
      require: z
        .record(z.string().regex(/^CONFIG_[A-Za-z0-9_]+$/), z.union([symbolText, z.number().multipleOf(1)]))
        .default({}),
      rules: z.union([path, z.array(path)]).default([]),
      waive: z.array(waiver).default([]),
    })
    .prefault({}),
  bundle: z
    .strictObject({
      compress: z.enum(TAR_PACKINGS).default('none'),
      kernel: shipped,
      initrd: shipped,
      loader: shipped,
      hooks: z
        .strictObject({
          'before-start': path.optional(),
          'after-start': path.optional(),
          'before-stop': path.optional(),
          'after-stop': path.optional(),
        })
        .prefault({}),
    })
    .prefault({}),
  ready: z
    .strictObject({
      command: cmdline.regex(/\S/),
      timeout: z.int().min(1).max(LONGEST_READY).default(60),
      interval: z.int().min(1).max(LONGEST_READY).default(1),
    })
    .optional(),
  restart: z.enum(RESTARTS).default('never'),
  boot: z
    .strictObject({
      expect: z.union([expectation, z.array(expectation)]).default([]),
      send: z.union([cmdline, z.array(cmdline)]).default([]),
      timeout: z.number().gt(0).max(LONGEST_TIMEOUT).optional(),
    })
    .prefault({}),
});

export type WrittenManifest = z.output<typeof manifestSchema>;

/** What a cell is made of, without the kernel that runs in it. */
export const wishFileSchema = once(() =>
  manifestSchema.pick({
    defaults: true,
    name: true,
    cell: true,
    system: true,
    layout: true,
    board: true,
    root: true,
  }),
);
