import { describe, expect, test } from 'vitest';
import { DEFAULT_TIMEOUT } from '../../src/boot/limits.ts';
import type { ManifestPath } from '../../src/base/diagnostic.ts';
import { patternOf } from '../../src/manifest/key-patterns.ts';
import { KEYS } from '../../src/manifest/keys.ts';
import { quoteCmdlineWord } from '../../src/manifest/cmdline-words.ts';
import { readAlone } from '../../src/manifest/layers.ts';
import { parseLayers } from '../../src/manifest/parse.ts';
import { wholeJsonSchema } from '../../src/manifest/json-schema.ts';
import { codeBlock, expectSections, readPage, table } from '../helpers/docs.ts';

interface Schema {
  type?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  additionalProperties?: Schema | boolean;
  default?: unknown;
  enum?: unknown[];
}

/** The schema of a key's value, and whether the map around it must have it; `null` where it is no key of a map. */
function schemaOf(pattern: string): { schema: Schema; isRequired: boolean | null } {
  let schema = wholeJsonSchema() as Schema;
  let isRequired: boolean | null = true;
  for (const step of pattern.split('.')) {
    if (step === '*') {
      const list = [schema, ...(schema.anyOf ?? [])].find(({ items }) => items)?.items;
      schema = list ?? (schema.additionalProperties as Schema);
      isRequired = null;
    } else {
      isRequired = schema.required?.includes(step) ?? false;
      schema = schema.properties![step]!;
    }
    if (schema === undefined) throw new Error(`the JSON Schema has no ${pattern}`);
  }
  return { schema, isRequired };
}

/** What the schema does not say: what is done then, or that another value decides. */
const ABSENT: Readonly<Record<string, string>> = {
  defaults: 'nothing is shared',
  name: "the cell's own name",
  version: 'no version',
  compatible: 'any board',
  'kernel.config': 'the config embedded in the image',
  initrd: 'no initrd',
  dtb: 'no device tree: x86 has none, arm64 and arm need one',
  loader: "the target's installed loader",
  system: 'no system config',
  layout: 'what the files show',
  board: 'checks that need it are left out',
  root: 'checks that need it are left out',
  'root.cmdline': 'checks that need it are left out',
  'root.iomem': 'checks that need it are left out',
  'root.kernel-config': 'checks that need it are left out',
  'checks.profile': 'the plugin’s option `profile`, or `--profile` of the CLI; `strict` without those',
  'checks.waive.*.until': 'no end',
  'bundle.hooks.before-start': 'nothing is run',
  'bundle.hooks.after-start': 'nothing is run',
  'bundle.hooks.before-stop': 'nothing is run',
  'bundle.hooks.after-stop': 'nothing is run',
  ready: 'ready when it is running',
  'boot.expect': 'a sign that init was reached',
  'boot.timeout': `${DEFAULT_TIMEOUT}`,
};

function whenAbsent(pattern: string): string | null {
  const { schema, isRequired } = schemaOf(pattern);
  if (isRequired === null) return null;
  if (isRequired) return 'it is required';
  const meaning = ABSENT[pattern];
  if (meaning !== undefined) return meaning;
  if (schema.default === undefined) throw new Error(`say in ABSENT what it means to leave out ${pattern}`);
  if (schema.properties) return 'the defaults of its keys';
  if (Array.isArray(schema.default) || typeof schema.default === 'object') return 'empty';
  return schema.default === '' ? 'empty' : `\`${String(schema.default)}\``;
}

const title = (pattern: string): string =>
  pattern.replace('checks.require.*', 'checks.require.CONFIG_…').replaceAll('.*', '[]');

const sections = Object.entries(KEYS).map(([pattern, { description, wanted, sample }]) => {
  const absent = whenAbsent(pattern);
  return [
    `## \`${title(pattern)}\``,
    description.replaceAll(/(?<![`\w])(CONFIG_\w+|linux-loader\.bin)/g, '`$1`'),
    [`- Value: ${wanted}`, ...(absent === null ? [] : [`- If left out: ${absent}`])].join('\n'),
    codeBlock(sample, 'yaml'),
  ].join('\n\n');
});

const WORDS = ['quiet', 'dyndbg=file a.c +p', 'two words', 'dyndbg="file a.c +p"', 'a"b c'];

test('the generated sections are what the code says', async () => {
  await expectSections('reference/manifest.md', { keys: sections.join('\n\n') });
  await expectSections('manifest.md', {
    words: table(
      ['word in the list', 'on the command line'],
      WORDS.map((word) => [
        `\`${word}\``,
        quoteCmdlineWord(word) === null ? 'refused' : `\`${quoteCmdlineWord(word)}\``,
      ]),
    ),
  });
});

describe('the manifests on the page', () => {
  const blocks = [...readPage('manifest.md').matchAll(/```yaml\n([^]*?)```/g)].map((match) => match[1]!);
  const whole = blocks.filter((block) => block.includes('\nkernel:'));
  test.each(whole)('%# is one', (block) => {
    expect(parseLayers(readAlone(block)).problems).toEqual([]);
  });
  test('show every key', () => {
    const shown = new Set(whole.flatMap((block) => [...keysOf(block)]));
    const expected = Object.keys(KEYS).filter((pattern) => pattern !== 'cmdline.*');
    expect([...shown].toSorted()).toEqual(expected.toSorted());
  });
});

/** The patterns of all keys that a manifest uses, by what {@link parseManifest} can locate. */
function keysOf(text: string): Set<string> {
  const { locate } = parseLayers(readAlone(text));
  const candidates: ManifestPath[] = Object.keys(KEYS).map((pattern) =>
    pattern
      .replace('require.*', 'require.CONFIG_PREEMPT_RT')
      .split('.')
      .map((step) => (step === '*' ? 0 : step)),
  );
  const isThere = (path: ManifestPath): boolean => {
    const own = locate(path);
    const parent = locate(path.slice(0, -1));
    return own.start !== parent.start || own.end !== parent.end;
  };
  return new Set(candidates.filter(isThere).map((path) => patternOf(path)!));
}
