import { HOOKS } from '../../src/base/choices.ts';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { WAIVABLE_CODES } from '../../src/base/codes.ts';
import { childKeys, patternOf } from '../../src/manifest/key-patterns.ts';
import { KEYS } from '../../src/manifest/keys.ts';
import { parseManifest } from '../../src/manifest/parse.ts';
import { manifestJsonSchema } from '../../src/manifest/json-schema.ts';
import { manifestTemplate } from '../../src/manifest/template.ts';

type JsonSchema = { [key: string]: unknown; properties?: Record<string, JsonSchema> };

const schema = manifestJsonSchema() as JsonSchema;

/** The text, read as an editor does: plain YAML, then the JSON Schema and nothing else. */
const editor = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
const acceptedByEditor = (text: string): boolean => editor.safeParse(parse(text)).success;
const acceptedByUs = (text: string): boolean => parseManifest(text).manifest !== null;

const FIXTURES = new URL('../fixtures/manifest/', import.meta.url);
const START = 'cell: a.cell\nkernel: { image: bzImage }\n';

/** What the JSON Schema cannot say, or an editor's own YAML reader says. */
const BEYOND = new Set([
  'aliases',
  'bare-star',
  'boot-unasked',
  'conflicts',
  'complex-key',
  'duplicates',
  'nothing-to-ship',
  'open-bracket',
  'open-quote',
  'syntax',
  'tab',
  'tags',
  'two-documents',
]);

describe('the JSON Schema', () => {
  test.each([...WAIVABLE_CODES, 'project/preempt-rt', 'project/CONFIG_PREEMPT_RT'])('knows %s', (rule) => {
    expect(acceptedByEditor(`${START}checks: { waive: [{ rule: ${rule}, reason: we know }] }`)).toBe(true);
  });

  test.each(['kernel/seroi', 'placement/no-ram', 'serio'])('knows no %s that could be waived', (rule) => {
    const text = `${START}checks: { waive: [{ rule: ${rule}, reason: we know }] }`;
    expect(acceptedByEditor(text)).toBe(false);
  });

  const refused = readdirSync(FIXTURES)
    .filter((name) => name.endsWith('.cell.yaml'))
    .map((name) => name.replace('.cell.yaml', ''))
    .filter((name) => !BEYOND.has(name));

  test.each(refused)('refuses %s as well', (name) => {
    expect(acceptedByEditor(readFileSync(new URL(`${name}.cell.yaml`, FIXTURES), 'utf8'))).toBe(false);
  });

  test.each([
    [manifestTemplate(), true],
    [manifestTemplate().replace(/^( *)#(?! \S|defaults:)/gm, '$1'), true],
    [START, true],
    [`${START}initrd: [a, b]\ncmdline: [quiet, 'a b']\n`, true],
    [`${START}cmdline: ''\n`, true],
    [`${START}cmdline: "tab\\there 🐧 ü"\n`, true],
    [`${START}cmdline: "bell\\a"\n`, false],
    [
      `${START}checks: { require: { CONFIG_A: 0xffffffff80000001, CONFIG_B: 17, CONFIG_C: yes please } }\n`,
      true,
    ],
    [`${START}checks: { require: { CONFIG_A: 1.5 } }\n`, false],
    [`${START}checks: { require: { CONFIG_A: Yes } }\n`, false],
    [`${START}checks: { require: { CONFIG_SCSI_DC395x: y } }\n`, true],
    [`${START}checks: { require: { config_A: y } }\n`, false],
    [`${START}checks: { require: { CONFIG_A-B: y } }\n`, false],
    [`${START}checks: { waive: [{ rule: kernel/pci, reason: x, until: 2028-02-29 }] }\n`, true],
    [`${START}checks: { waive: [{ rule: kernel/pci, reason: x, until: 2027-02-29 }] }\n`, false],
    [`${START}bundle: { kernel: /boot/..hidden/b, loader: true }\nloader: x\n`, true],
    [`${START}bundle: { kernel: /boot/../b }\n`, false],
    [`${START}bundle: { kernel: /boot/ }\n`, false],
    [`${START}bundle: { kernel: / }\n`, false],
    [`${START}bundle: { kernel: '/boot/a\\b' }\n`, false],
    [`${START}bundle: { kernel: "/boot/\\e[31m" }\n`, false],
    [`${START}bundle: { kernel: "/boot/a\\tb" }\n`, false],
    [`${START}bundle: { kernel: '/boot/a b ü$' }\n`, true],
    [`${START}loader: 'a\\b c'\n`, true],
    [`${START}loader: "a\\x9bb"\n`, false],
    [`name: ${'a'.repeat(91)}\n${START}`, true],
    [`name: ${'a'.repeat(92)}\n${START}`, false],
    [`name: .hidden\n${START}`, false],
  ])('says what the parser says: %j', (text, accepted) => {
    expect(acceptedByUs(text)).toBe(accepted);
    expect(acceptedByEditor(text)).toBe(accepted);
  });

  test('is draft 7, has a title and no address', () => {
    expect(schema['$schema']).toBe('http://json-schema.org/draft-07/schema#');
    expect(schema['title']).toBe('Jailhouse cell manifest (*.cell.yaml)');
    expect(schema).not.toHaveProperty('$id');
    expect(() => JSON.stringify(schema)).not.toThrow();
  });

  test('describes every key, with examples that it accepts itself', () => {
    const seen: string[] = [];
    const visit = (node: JsonSchema, path: string[]): void => {
      for (const [name, child] of Object.entries(node.properties ?? {})) {
        const pattern = [...path, name].join('.');
        seen.push(pattern);
        expect(child['description'], pattern).toEqual(expect.any(String));
        expect(child['examples'], pattern).not.toHaveLength(0);
        for (const example of child['examples'] as unknown[]) {
          const alone = z.fromJSONSchema(child as Parameters<typeof z.fromJSONSchema>[0]);
          expect(alone.safeParse(example).success, `${pattern}: ${JSON.stringify(example)}`).toBe(true);
        }
        visit(child, [...path, name]);
        const items = child['items'] as JsonSchema | undefined;
        if (items?.properties) visit(items, [...path, name, '*']);
      }
    };
    visit(schema, []);
    expect(seen.toSorted()).toEqual(
      Object.keys(KEYS)
        .filter((pattern) => !pattern.endsWith('*'))
        .toSorted(),
    );
  });
});

describe('the table of keys', () => {
  test('finds the entry of a path', () => {
    expect(patternOf(['kernel', 'image'])).toBe('kernel.image');
    expect(patternOf(['initrd', 3])).toBe('initrd.*');
    expect(patternOf(['checks', 'require', 'CONFIG_A'])).toBe('checks.require.*');
    expect(patternOf(['checks', 'waive', 2, 'until'])).toBe('checks.waive.*.until');
    expect(patternOf(['kernel', 'toString'])).toBeUndefined();
    expect(patternOf([])).toBeUndefined();
  });

  test('names the keys of each map', () => {
    expect(childKeys('kernel')).toEqual(['image', 'config']);
    expect(childKeys('bundle')).toEqual(['compress', 'kernel', 'initrd', 'loader', 'hooks']);
    expect(childKeys('bundle.hooks')).toEqual([...HOOKS]);
    expect(childKeys('checks.waive.*')).toEqual(['rule', 'reason', 'until']);
    expect(childKeys('')).toContain('cmdline');
  });
});
