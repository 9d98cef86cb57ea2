import { describe, expect, test } from 'vitest';
import { FINDING_CODES } from '../../src/base/codes.ts';
import { explainLog } from '../../src/explain/explain.ts';
import { KINDS } from '../../src/explain/kinds/index.ts';
import { parseShape } from '../../src/explain/shape.ts';
import { quickly } from '../helpers/cpu-time.ts';
import { LINES } from './lines.ts';

const idsOf = (text: string): string[] => explainLog(text).explanations.map(({ id }) => id);

test('each kind has its lines here, and an id of its own', () => {
  expect(Object.keys(LINES)).toEqual(KINDS.map(({ id }) => id));
});

describe('each kind', () => {
  test.each(Object.entries(LINES))('%s', (id, [line, near]) => {
    const told = explainLog(line).explanations.filter(({ weight }) =>
      line.includes('\n') ? weight !== 'info' : true,
    );
    expect(told.map((each) => each.id)).toEqual([id]);
    const stamped = line.split('\n').map((each) => `[    1.234567] ${each}\r\n`);
    expect(idsOf(stamped.join(''))).toContain(id);
    expect(idsOf(near)).not.toContain(id);
    expect(`${told[0]!.meaning} ${told[0]!.fix}`).not.toMatch(/\{\w+\}|undefined|not printed/);
  });
});

describe('what the kinds say', () => {
  test('names kinds that there are', () => {
    const ids = new Set(['fatal', 'any', ...KINDS.map(({ id }) => id)]);
    const pasts = [true, false].flatMap((isEnabled) =>
      [true, false].map((isPanicked) => ({ isEnabled, isPanicked })),
    );
    const named = KINDS.flatMap(({ after = [], because = [], settles = [], instead }) => [
      ...after,
      ...because,
      ...settles,
      ...pasts.flatMap((past) => instead?.(past, { port: '64' }) ?? []),
    ]);
    expect(named).toContain('pio-reset');
    expect(named.filter((id) => !ids.has(id))).toEqual([]);
  });

  test('names findings that there are', () => {
    const rules = KINDS.flatMap(({ rules: own, root }) => [...own, ...(root?.rules ?? [])]);
    expect(rules.filter((rule) => !FINDING_CODES.includes(rule))).toEqual([]);
  });

  test('says where it comes from', () => {
    expect(KINDS.filter(({ source }) => source.trim().length < 5)).toEqual([]);
  });

  test('is one sentence without an end, so that it can be put anywhere', () => {
    const texts = KINDS.flatMap(({ meaning, fix, root }) => [
      meaning,
      fix,
      root?.meaning ?? '',
      root?.fix ?? '',
    ]);
    expect(texts.filter((text) => /^(?!Linux|Jailhouse)[A-Z][a-z]|\.$|\n/.test(text))).toEqual([]);
  });
});

describe('each shape', () => {
  const shapes = KINDS.flatMap(({ id, shapes: own, more }) =>
    [...own, ...(more ?? [])].map((text) => ({ id, text, ...parseShape(text) })),
  );

  test('has a text that is looked for first', () => {
    expect(shapes.filter(({ literal }) => literal.length < 3).map(({ text }) => text)).toEqual([]);
    expect(shapes.filter(({ literal }) => /[^ -~]| {2}/.test(literal)).map(({ text }) => text)).toEqual([]);
  });

  test('has no repeat within a repeat, and no repeat without an end', () => {
    const nested = /\((?:[^()]|\([^()]*\))*[*+}](?:[^()]|\([^()]*\))*\)(?:[*+]|\{\d+,(?:\d{2,})?\})/;
    const endless = /(?<!\\)[*+](?!\?)/;
    const bad = shapes.filter(({ pattern }) => {
      const source = pattern.source
        .replaceAll('0*', '')
        .replaceAll(/\[[^\]]*\]/g, 'x')
        .replaceAll('\\+', 'p')
        .replaceAll('\\*', 'p');
      return nested.test(source) || endless.test(source);
    });
    expect(bad.map(({ text }) => text)).toEqual([]);
  });

  test('takes time in proportion to the length of a line', () => {
    for (const { text, pattern, literal } of shapes) {
      const start = text.replaceAll(/\{\w*(?::[^{}]*(?:\{[^{}]*\}[^{}]*)*)?\}/g, '0');
      for (const piece of [literal, start.slice(0, -1), '0', 'a ', `${literal}0`, '"', 'FATAL: ']) {
        if (piece === '') continue;
        const line = piece.repeat(Math.ceil(4096 / piece.length)).slice(0, 4096);
        expect(quickly(30, () => pattern.exec(line)?.index ?? 0)).toBeLessThan(line.length);
      }
    }
  });
});
