import { z } from 'zod';
import { ARCHITECTURES, SEVERITIES } from '../../../base/choices.ts';
import { either } from '../../../base/text.ts';
import { CELL_TRAITS } from '../rule.ts';

/** What people are told about a key. */
interface KeyText {
  /** Behind "must be". */
  wanted: string;
  /** As it may be written. */
  sample: string;
  /** For editors. */
  description: string;
}

const SYMBOL = 'a kconfig symbol in capitals, with or without CONFIG_';
const VALUE = 'y, n, m, a number, or another text';
const VERSION = 'a kernel version, such as 5.10';
const LEVEL = either(SEVERITIES);

const text = (wanted: string, sample: string, description: string): KeyText => ({
  wanted,
  sample,
  description,
});

/** Every key of a rules file; list items are `*`. */
export const RULE_KEYS: Readonly<Record<string, KeyText>> = {
  rules: text('a list of rules', 'rules: [{ id: project/rt, ... }]', "The project's own rules."),
  'rules.*': text(
    'a map with `id`, `symbol`, `value` and `reason`',
    '- id: project/rt',
    'One rule: what symbols of the kernel config must be, and when.',
  ),
  'rules.*.id': text(
    'project/ and a name of lower-case letters, digits and dashes',
    'id: project/preempt-rt',
    'What findings show, and what waivers name. No two rules have the same.',
  ),
  'rules.*.symbol': text(
    SYMBOL,
    'symbol: PREEMPT_RT',
    'A kconfig symbol; of a list, each must have the value.',
  ),
  'rules.*.symbol.*': text(SYMBOL, '- PREEMPT_RT', 'A kconfig symbol.'),
  'rules.*.value': text(
    VALUE,
    'value: y',
    'What the symbol must be; n also means that the config does not mention it. Of a list, one is enough.',
  ),
  'rules.*.value.*': text(VALUE, '- y', 'One of the values.'),
  'rules.*.when': text(
    'a map of conditions',
    'when: { architecture: x86 }',
    'When the rule applies: all that is named must hold. Without it, always.',
  ),
  'rules.*.when.architecture': text(
    `${ARCHITECTURES.join(', ')}, or a list of them`,
    'architecture: x86',
    'What the kernel is for.',
  ),
  'rules.*.when.architecture.*': text(either(ARCHITECTURES), '- arm64', 'What the kernel is for.'),
  'rules.*.when.kernel': text(
    'a map with `from`, `before` or both',
    'kernel: { from: 5.10 }',
    'Versions of Linux. A kernel of unknown version is in every range.',
  ),
  'rules.*.when.kernel.from': text(VERSION, 'from: 5.10', 'The first version.'),
  'rules.*.when.kernel.before': text(VERSION, 'before: 6.2', 'The first version that is too new.'),
  'rules.*.when.cmdline': text(
    'a parameter, with * for any text',
    'cmdline: console=ttyS*',
    'A parameter that is on the kernel command line.',
  ),
  'rules.*.when.cell': text(
    `one of ${CELL_TRAITS.join(', ')}`,
    'cell: several-cpus',
    'What the cell has or is.',
  ),
  'rules.*.when.initrd': text('true', 'initrd: true', 'There is an initrd.'),
  'rules.*.severity': text(
    `${LEVEL}, or a map with \`strict\` and \`mainline\``,
    'severity: warning',
    'The severity of breaking the rule, for both profiles or for each. Without it: error.',
  ),
  'rules.*.severity.strict': text(LEVEL, 'strict: error', 'In the profile strict.'),
  'rules.*.severity.mainline': text(LEVEL, 'mainline: warning', 'In the profile mainline.'),
  'rules.*.reason': text('text', 'reason: the control loop needs it', 'Why it matters, in a few words.'),
  'rules.*.symptom': text(
    'text',
    'symptom: deadlines are missed',
    'What is seen on the target if it is broken.',
  ),
  'rules.*.fix': text('text', 'fix: take the -rt kernel', 'What to do. Without it: set the symbol.'),
  'rules.*.source': text('text', 'source: our handbook, 4.2', 'Where the knowledge comes from.'),
};

const meta = (pattern: string) => ({ description: RULE_KEYS[pattern]!.description });

/** What no line of text holds; without flags, as the JSON Schema's patterns are. */
const CONTROL = String.raw`\0-\x1f\x7f-\x9f`;

const line = z.string().regex(new RegExp(`^[^${CONTROL}]*[^\\s${CONTROL}][^${CONTROL}]*$`));
const symbol = z.string().regex(/^(?:CONFIG_)?[A-Za-z0-9][A-Za-z0-9_]*$/);
/** A text that is a slip for y, n or m is refused. */
const value = z.union([
  z.string().regex(new RegExp(`^(?!(?:[YNM]|[Yy]es|YES|[Nn]o|NO|[Oo]n|ON|[Oo]ff|OFF)$)[^${CONTROL}]*$`)),
  z.number().multipleOf(1),
]);
const version = z.union([z.string().regex(/^\d{1,4}\.\d{1,4}$/), z.number().nonnegative()]);
const level = z.enum(SEVERITIES);
const architecture = z.enum(ARCHITECTURES);

export const ruleSchema = z.strictObject({
  id: z
    .string()
    .regex(/^project\/[a-z0-9][a-z0-9-]*$/)
    .meta(meta('rules.*.id')),
  symbol: z.union([symbol, z.array(symbol).min(1)]).meta(meta('rules.*.symbol')),
  value: z.union([value, z.array(value).min(1)]).meta(meta('rules.*.value')),
  when: z
    .strictObject({
      architecture: z
        .union([architecture, z.array(architecture).min(1)])
        .meta(meta('rules.*.when.architecture'))
        .optional(),
      kernel: z
        .strictObject({
          from: version.meta(meta('rules.*.when.kernel.from')).optional(),
          before: version.meta(meta('rules.*.when.kernel.before')).optional(),
        })
        .meta(meta('rules.*.when.kernel'))
        .optional(),
      cmdline: z
        .string()
        .regex(new RegExp(`^[^ \\xa0${CONTROL}]+$`))
        .meta(meta('rules.*.when.cmdline'))
        .optional(),
      cell: z.enum(CELL_TRAITS).meta(meta('rules.*.when.cell')).optional(),
      initrd: z.literal(true).meta(meta('rules.*.when.initrd')).optional(),
    })
    .default({})
    .meta(meta('rules.*.when')),
  severity: z
    .union([
      level,
      z.strictObject({
        strict: level.meta(meta('rules.*.severity.strict')),
        mainline: level.meta(meta('rules.*.severity.mainline')),
      }),
    ])
    .default('error')
    .meta(meta('rules.*.severity')),
  reason: line.meta(meta('rules.*.reason')),
  symptom: line.meta(meta('rules.*.symptom')).optional(),
  fix: line.meta(meta('rules.*.fix')).optional(),
  source: line.meta(meta('rules.*.source')).optional(),
});

export type WrittenRule = z.output<typeof ruleSchema>;

/** The file around the rules, which are looked at one by one. */
export const rulesFileSchema = z.strictObject({
  rules: z.array(z.unknown()).meta(meta('rules')),
});

/** The JSON Schema (draft 7) of a rules file, for editors. */
export const rulesJsonSchema = (): Record<string, unknown> => ({
  ...z.toJSONSchema(
    rulesFileSchema
      .extend({ rules: z.array(ruleSchema.meta(meta('rules.*'))).meta(meta('rules')) })
      .meta({ title: 'Kernel rules of a project for jailhouse-bundle' }),
    { io: 'input', target: 'draft-7' },
  ),
});
