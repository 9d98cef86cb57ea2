import { z } from 'zod';
import { ARCHITECTURES, PLACEMENTS, SEVERITIES } from '../base/choices.ts';
import { OUTCOMES } from '../checks/coverage.ts';
import { DETAIL_KINDS } from '../explain/details.ts';
import { STAGES, WEIGHTS } from '../explain/types.ts';
import { content } from '../inspect/schema/content.ts';
import { address, bytes, digests } from '../inspect/schema/values.ts';

/** How a boot went. */
export const VERDICTS = ['booted', 'died', 'refused', 'undecided', 'not-run', 'skipped'] as const;

// What the commands print with --json. Keys are never left out: what is absent is null.

const count = z.int().nonnegative();
const text = z.string().nullable();
const keyId = z.string().regex(/^[0-9A-F]{16}$/);
const means = <Type extends z.ZodType>(type: Type, description: string): Type => type.meta({ description });

const place = z
  .strictObject({
    file: means(z.string(), 'a path'),
    line: means(z.int().positive().nullable(), 'from 1; null: the file as a whole'),
    column: means(z.int().positive().nullable(), 'from 1, in UTF-16 units; null: the line as a whole'),
  })
  .meta({ id: 'place' });

const finding = z
  .strictObject({
    rule: means(z.string(), 'the stable id, `area/what`'),
    severity: means(z.enum(SEVERITIES), 'an error fails; the others do not, without `--severity`'),
    message: means(z.string(), 'what is wrong, in one line'),
    requested: means(text, 'what is required'),
    actual: means(text, 'what is there'),
    symptom: means(text, 'what would be seen on the target'),
    fix: means(text, 'what to do'),
    fixSymbols: means(
      z.array(z.strictObject({ symbol: z.string(), value: z.string() })).nullable(),
      'the kconfig symbols that fix it, without `CONFIG_`',
    ),
    detail: means(text, 'more lines, for example a memory map'),
    waived: means(
      z.strictObject({ reason: z.string(), until: text }).nullable(),
      'the waiver that accepts it; `until` is a date or null',
    ),
    source: means(text, 'where its rule is from: a document, a file; null: none is named'),
    documentation: means(z.string(), 'the page and heading of the package’s docs that explain the rule'),
    subject: means(text, 'the `file` of the subject that it belongs to; null: the whole run'),
    places: means(z.array(place), 'where it is: first the place to look at, then others that show it'),
  })
  .meta({ id: 'finding' });
export type FindingFacts = z.infer<typeof finding>;

const range = { address, size: address };
const placed = z
  .strictObject({ label: means(z.string(), 'what it is, in words'), ...range })
  .meta({ id: 'placed' });

const region = z
  .strictObject({
    index: means(count, 'its place in the cell config'),
    kind: z.enum(['ram', 'comm', 'other']),
    ...range,
    physical: means(address, 'where it is in the machine'),
    flags: means(z.array(z.string()), 'names as in Jailhouse’s header, in lower case'),
    placed: means(z.array(placed), 'what the plan puts into it, by address'),
    free: means(
      z.array(z.strictObject(range)).nullable(),
      'what the plan leaves free of it; null: it is not RAM',
    ),
  })
  .meta({ id: 'planRegion' });

const plan = z
  .strictObject({
    architecture: z.enum(ARCHITECTURES),
    placement: z.enum(PLACEMENTS),
    entry: means(address, 'where the loader enters the kernel'),
    load: means(
      z.array(
        z.strictObject({
          role: means(z.enum(['loader', 'kernel', 'initrd', 'params', 'arguments']), 'what is loaded'),
          string: means(text, 'the text of `arguments` (arm, arm64)'),
          address: means(address.nullable(), 'null: Jailhouse’s tool chooses it'),
          size: means(count.nullable(), 'bytes; null: not known'),
        }),
      ),
      'what `jailhouse cell load` gets, in order',
    ),
    e820: means(
      z.array(z.strictObject({ address: z.string(), size: z.string(), type: count })).nullable(),
      'x86: the memory map that the kernel gets',
    ),
    memory: means(
      z.array(z.strictObject({ address: z.string(), size: z.string() })).nullable(),
      'arm, arm64: the memory that the device tree gives the kernel',
    ),
    memoryMap: means(
      z.strictObject({
        regions: means(
          z.array(region),
          'the cell’s memory regions, by guest address; empty ones are left out',
        ),
        outside: means(z.array(placed), 'what is in no region, or ends after the one that it starts in'),
      }),
      'the guest’s address space',
    ),
  })
  .meta({ id: 'plan' });
export type PlanFacts = z.infer<typeof plan>;

const subject = {
  file: means(z.string(), 'as it was named'),
  ok: means(z.boolean(), 'whether nothing fails in it'),
};

const coverage = z
  .strictObject({
    checked: means(count, 'rules that were checked, whether they hold or not'),
    notApplicable: means(count, 'rules for other architectures, kernels or cells'),
    notJudged: means(count, 'rules that errors keep from being checked'),
    needInput: means(count, 'rules that need an input that was not given'),
    inputs: means(z.array(z.string()), 'what those need, in words'),
    each: means(
      z.array(
        z.strictObject({
          rule: means(z.string(), 'its id'),
          outcome: means(
            z.enum(OUTCOMES),
            'passed: it holds, as far as what was given shows; found: it has findings, waived or not, of this subject or ' +
              'of its machine; the others: it was not checked',
          ),
          needs: means(z.array(z.string()), 'for `needs-input`: what it needs, in words'),
        }),
      ),
      'every rule, also the project’s own',
    ),
  })
  .meta({ id: 'coverage' });

const planned = {
  ...subject,
  plan: means(plan.nullable(), 'where everything goes in the cell’s memory; null: no plan could be made'),
};

const checked = {
  ...planned,
  rules: means(
    coverage.nullable(),
    'what was checked; null: nothing was, or it is a machine file as a whole',
  ),
};

const inputs = z.strictObject({
  kernel: text,
  config: text,
  cell: text,
  system: text,
  initrd: z.array(z.string()),
  dtb: text,
  loader: text,
  board: text,
  rootIomem: text,
  rootConfig: text,
});

const logLine = {
  line: means(count, 'from 1; of repeats, the first'),
  text: means(z.string(), 'the line without colours and time stamps'),
};

const explanation = z
  .strictObject({
    id: means(z.string(), 'of the kind of line: docs/reference/log-lines.md'),
    stage: z.enum(STAGES),
    weight: means(z.enum(WEIGHTS), 'doubtful: may be harmless; info: nothing is wrong'),
    ...logLine,
    count: means(count, 'how often it came'),
    owner: means(
      z.strictObject({ cell: means(text, 'null: no line names it'), isRoot: z.boolean() }).nullable(),
      'the cell whose CPU did it; null: not known, or not of a CPU',
    ),
    values: means(z.record(z.string(), z.string()), 'what the line has in the places that vary'),
    meaning: z.string(),
    rules: means(z.array(z.string()), 'the rules that find it before the cell is started'),
    fix: z.string(),
    source: z.string(),
    dump: means(z.array(z.strictObject(logLine)), 'the registers that were printed with it'),
    details: means(
      z.array(
        z.strictObject({
          about: means(
            z.enum(DETAIL_KINDS),
            'config: from the configs; line: from the line; else from the registers',
          ),
          text: z.string(),
        }),
      ),
      'what the numbers of the line and of its registers are about',
    ),
    findings: means(
      z.array(
        z.strictObject({
          code: z.string(),
          severity: z.enum(SEVERITIES),
          message: z.string(),
          waived: means(text, 'the reason; null: it is not accepted'),
          from: means(z.enum(['check', 'bundle']), 'bundle: found when it was built'),
        }),
      ),
      'of the rules, what is found in the configs that were given',
    ),
    consequences: means(
      z.array(z.strictObject({ id: z.string(), ...logLine, count })),
      'lines that only say what came of it',
    ),
  })
  .meta({ id: 'explanation' });
export type ExplanationFacts = z.infer<typeof explanation>;

const rule = z
  .strictObject({
    id: means(z.string(), 'as findings and waivers name it'),
    group: means(z.string(), 'what it is about'),
    severity: means(text, 'what its findings are, in words; null: they differ'),
    reason: means(text, 'why it matters'),
    requirement: means(text, 'what must hold'),
    applies: means(text, 'the architectures, and what else must be there for it to apply'),
    symptom: means(text, 'what is seen on the target where it is broken'),
    fix: means(text, 'what to do'),
    source: means(text, 'where it is from'),
    documentation: means(z.string(), 'the page and heading of the package’s docs that explain it'),
  })
  .meta({ id: 'rule' });
export type RuleFacts = z.infer<typeof rule>;

/** How a boot went. */
const booted = {
  architecture: means(z.enum(ARCHITECTURES).nullable(), 'of the cell'),
  verdict: means(
    z.enum(VERDICTS),
    'booted: init was reached; died; refused: by `jailhouse cell load`; undecided; not-run: it could not be tried; ' +
      'skipped: a cell without Linux',
  ),
  line: means(text, 'the line that decided; of `booted`, the sign of init'),
  userSpace: means(z.boolean().nullable(), 'whether a program of the guest ran; null: not known'),
  explanations: means(z.array(explanation), 'what is known of the lines of a death'),
  console: means(z.array(z.string()), 'the last lines of the guest’s console'),
  assumed: means(
    z.array(z.string()),
    'assumptions in place of missing inputs, and what was changed for QEMU',
  ),
  notShown: means(z.array(z.string()), 'what such a boot does not show'),
  loader: means(
    z.enum(['built-in', 'given']).nullable(),
    'built-in: the one of this package; given: Jailhouse’s; null: not started',
  ),
  qemu: means(
    z
      .strictObject({
        version: z.string(),
        cpu: means(z.number(), 'seconds of CPU time'),
        elapsed: means(z.number(), 'seconds'),
        memory: means(count.nullable(), 'bytes, the most that it had; null: not known'),
      })
      .nullable(),
    'null: it was not started',
  ),
  repro: means(text, 'the command line that starts the same by hand, with `--repro`'),
};

/** What `diff` compares. */
export const DIFF_KINDS = ['bundle', 'manifest', 'kernel', 'kernel-config'] as const;

/** What a difference is in. */
export const DIFF_SECTIONS = [
  'bundle',
  'kernel',
  'config',
  'cmdline',
  'addresses',
  'memory',
  'sizes',
  'cell',
  'system',
  'contents',
  'findings',
] as const;

const change = z
  .strictObject({
    cell: means(text, 'the cell of a machine that differs; null: the file as a whole, or its one cell'),
    section: means(
      z.enum(DIFF_SECTIONS),
      'config: a symbol of the kernel config; contents: a file of which no more is known than its digest',
    ),
    what: means(z.string(), 'a symbol, a parameter, a role, a rule, a file'),
    before: means(text, 'null: it came'),
    after: means(text, 'null: it went'),
  })
  .meta({ id: 'change' });
export type ChangeFacts = z.infer<typeof change>;

const writtenSignature = z.strictObject({ file: z.string(), keyId });

const reportOf = <Name extends string, Subject extends z.ZodType>(command: Name, about: Subject) =>
  z.strictObject({
    schemaVersion: means(z.literal(1), 'it changes when a reader of the old form would misread the new one'),
    tool: z.strictObject({ name: z.string(), version: z.string() }),
    command: z.literal(command),
    ok: means(z.boolean(), 'false: the exit code is not 0'),
    findings: means(z.array(finding), 'everything that was found, of all subjects'),
    subjects: means(z.array(about), 'what was looked at, in the order given'),
  });

/** What each command prints. */
const report = z.discriminatedUnion('command', [
  reportOf(
    'build',
    z.strictObject({
      ...checked,
      cell: means(text, 'the cell of a machine file that is in it; null: the file as a whole'),
      bundle: means(
        z
          .strictObject({
            file: z.string(),
            size: count,
            sha256: z.string(),
            tarSha256: means(z.string(), 'of the tar inside; without compression the same'),
            signature: means(
              writtenSignature.nullable(),
              'the file next to it with its signature; null: it is not signed',
            ),
          })
          .nullable(),
        'what was written; null: nothing, or it is in the bundle of a machine',
      ),
      boot: means(z.strictObject(booted).nullable(), 'how it started, with `--boot`; null: it was not tried'),
    }),
  ),
  reportOf(
    'check',
    z.strictObject({
      ...checked,
      cell: means(text, 'the cell of a machine file that is in it; null: the file as a whole'),
      inputs: means(inputs.nullable(), 'the files that the options name; null: a manifest names them'),
    }),
  ),
  reportOf(
    'inspect',
    z.strictObject({
      ...subject,
      content: means(content.nullable(), 'what is in the file, by its `kind`; null: it cannot be read'),
    }),
  ),
  reportOf(
    'verify',
    z.strictObject({
      ...subject,
      name: means(text, 'the bundle’s folder; null: it cannot be read'),
      files: means(digests.nullable(), 'what the bundle holds; null: it cannot be read'),
      onTarget: means(
        digests.nullable(),
        'what it only names, by path on the target; null: it cannot be read',
      ),
      signatures: means(
        z.array(
          z.strictObject({
            file: means(z.string(), 'in the bundle, or next to it'),
            keyId: means(
              keyId.nullable(),
              'of the key that it says it was made with; null: it cannot be read',
            ),
            key: means(text, 'the file of the public key that it is good for; null: none, or none was given'),
            comment: means(text, 'its trusted comment; null: it is not known to be good'),
          }),
        ),
        'the signatures that are there: of SHA256SUMS, and of the bundle as a file',
      ),
    }),
  ),
  reportOf(
    'sign',
    z.strictObject({
      ...subject,
      bundle: means(
        z.strictObject({ file: z.string(), sha256: z.string(), signature: writtenSignature }).nullable(),
        'what was written; null: nothing',
      ),
    }),
  ),
  reportOf(
    'keygen',
    z.strictObject({
      ...subject,
      pair: means(
        z
          .strictObject({
            secretKey: means(text, 'its file; null: the public key of one that was there'),
            publicKey: means(z.string(), 'its file'),
            keyId,
          })
          .nullable(),
        'what was written; null: nothing',
      ),
    }),
  ),
  reportOf(
    'diff',
    z.strictObject({
      ...subject,
      against: means(z.string(), 'the later file, as it was named'),
      kind: means(z.enum(DIFF_KINDS).nullable(), 'of both; null: they cannot be read'),
      changes: means(z.array(change).nullable(), 'from `file` to `against`; null: they cannot be read'),
      notCompared: means(z.array(z.string()), 'what is known of one of them only, and why'),
    }),
  ),
  reportOf(
    'oci',
    z.strictObject({
      ...subject,
      layout: means(
        z
          .strictObject({
            folder: z.string(),
            tag: means(z.string(), 'of the bundle in the layout'),
            digest: means(z.string(), 'of its manifest, as registries name it'),
            referrersTag: means(z.string(), 'of the list of what is attached to it'),
            attached: means(
              z.array(z.strictObject({ mediaType: z.string(), digest: z.string() })),
              'the manifests of what is attached to it',
            ),
          })
          .nullable(),
        'what was written; null: nothing',
      ),
    }),
  ),
  reportOf(
    'explain',
    z.strictObject({
      ...subject,
      lines: means(count.nullable(), 'of the log; null: it cannot be read'),
      summary: means(text, 'the first cause in one sentence; null: none is known'),
      release: means(text, 'the release that the hypervisor names; null: none'),
      explanations: means(
        z.array(explanation).nullable(),
        'the lines that are known: the first cause, then the rest by line; null: the log cannot be read',
      ),
      omitted: means(count, 'explanations that are left out: more of a kind than anyone reads'),
    }),
  ),
  reportOf(
    'boot',
    z.strictObject({
      ...subject,
      name: means(text, 'of the bundle, or of the cell of a machine; null: it cannot be read'),
      cell: means(text, 'the cell of a machine; null: the file is of one cell, or is meant as a whole'),
      ...booted,
    }),
  ),
  reportOf(
    'cell generate',
    z.strictObject({
      ...subject,
      cell: means(text, 'the name of the cell; null: none could be made'),
      files: means(
        z.array(
          z.strictObject({
            file: z.string(),
            state: means(
              z.enum(['written', 'unchanged', 'stale', 'edited', 'missing']),
              'stale, missing: with `--check`; edited: someone changed it, so it was not overwritten',
            ),
          }),
        ),
        'what is made of the wish',
      ),
    }),
  ),
  reportOf(
    'cell convert',
    z.strictObject({
      ...subject,
      kind: z.enum(['system', 'cell']).nullable(),
      architecture: means(z.enum(ARCHITECTURES).nullable(), 'null: it cannot be read'),
      assumed: means(text, 'where the architecture is from; null: the file says it, or it cannot be read'),
      output: means(text, 'the file that was written; null: none'),
    }),
  ),
  reportOf(
    'plan',
    z.strictObject({
      ...planned,
      cell: means(text, 'the cell of a machine file that is in it; null: the file as a whole'),
    }),
  ),
  reportOf('rules', rule),
  reportOf('cell check', z.strictObject({ ...subject, kind: z.enum(['system', 'cell']).nullable() })),
]);

/** A command's report; addresses are `bigint` and bytes `Uint8Array` until they are printed, as hex texts. */
export type AnyReport = z.infer<typeof report>;
export type Report<Command extends AnyReport['command']> = Extract<AnyReport, { command: Command }>;

const HEX_TEXT = '^0x[0-9a-f]+$';

/** The JSON Schema (draft 7) of what every command prints with `--json`. */
export const outputJsonSchema = (): Record<string, unknown> => ({
  ...z.toJSONSchema(report.meta({ title: 'Output of jailhouse-bundle COMMAND --json' }), {
    target: 'draft-7',
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (zodSchema instanceof z.ZodBigInt) Object.assign(jsonSchema, { type: 'string', pattern: HEX_TEXT });
      if (zodSchema === bytes) Object.assign(jsonSchema, { type: 'string', pattern: '^(?:[0-9a-f]{2})*$' });
    },
  }),
});
