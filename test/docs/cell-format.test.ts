import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { encodeConfig } from '../../src/formats/cell/yaml/compile.ts';
import { decompileConfig } from '../../src/formats/cell/yaml/decompile.ts';
import { descriptionJsonSchema } from '../../src/formats/cell/yaml/json-schema.ts';
import { parseDescription } from '../../src/formats/cell/yaml/parse.ts';
import { cellVectors } from '../helpers/vectors.ts';

const document = readFileSync(new URL('../../docs/cell-format.md', import.meta.url), 'utf8');

const examples = [...document.matchAll(/### (.*)\n[^`]*```yaml\n([^`]*)```/g)].map(
  ([, title, text]) => [title!, text!] as const,
);

/** The text, read as an editor does: plain YAML, then the JSON Schema and nothing else. */
const editor = z.fromJSONSchema(descriptionJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);

test('the document has three examples', () => {
  expect(examples).toHaveLength(3);
});

describe.each(examples)('%s', (_, text) => {
  test.each([undefined, 13, 14] as const)('compiles for revision %s', (revision) => {
    const { config, problems } = parseDescription(text, revision === undefined ? {} : { revision });
    expect(problems).toEqual([]);
    expect(config!.revision).toBe(revision ?? 12);
    const bytes = encodeConfig(config!);
    const again = parseDescription(decompileConfig(bytes, config!.architecture!).text);
    expect(encodeConfig(again.config!)).toEqual(bytes);
  });

  test('is accepted by the JSON Schema', () => {
    expect(editor.safeParse(parse(text)).error?.issues ?? []).toEqual([]);
  });
});

test.each(cellVectors())('the JSON Schema accepts $id, decompiled', ({ hex, arch }) => {
  const { text } = decompileConfig(new Uint8Array(Buffer.from(hex, 'hex')), arch);
  expect(editor.safeParse(parse(text)).error?.issues ?? []).toEqual([]);
});

test('the JSON Schema refuses unknown keys and flags', () => {
  expect(editor.safeParse({ format: 'cell', memroy: [] }).success).toBe(false);
  expect(editor.safeParse({ format: 'cell', memory: [{ flags: ['raed'] }] }).success).toBe(false);
  expect(editor.safeParse({ architecture: 'x86', name: 'a' }).success).toBe(false);
});
