import assert from 'node:assert/strict';
import { codePoint } from '../helpers/any-text.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseManifest } from '../../src/manifest/parse.ts';
import { codeFrame, lineAndColumn } from '../../src/formats/yaml/source.ts';
import type { Manifest } from '../../src/manifest/types.ts';
import { manifestTemplate } from '../../src/manifest/template.ts';
import { RUNS } from '../helpers/runs.ts';
import { cpuTime, quickly } from '../helpers/cpu-time.ts';

const SEEDS = [
  manifestTemplate(),
  manifestTemplate().replace(/^( *)#(?! \S)/gm, '$1'),
  manifestTemplate().replace(/^( *)#(?! \S|defaults:)/gm, '$1'),
  `name: linux-x86-demo
cell: &cell linux-x86-demo.cell
kernel: { image: bzImage, config: 'kernel.config' }
initrd: [a.cpio, "b c.cpio", *cell]
cmdline: [console=ttyS0, 'a=b c', "tab\\there"]
checks:
  require: { CONFIG_PREEMPT_RT: y, CONFIG_START: 0x1000000 }
  waive: [{ rule: kernel/serio, reason: >-
    two
    lines
    , until: 2027-06-30 }]
bundle: { kernel: /boot/bzImage, loader: /opt/l.bin }
`.replaceAll('\n', '\r\n'),
];

const PIECES = [
  '\n~\r\n~\r~\t~ ~  ~: ~:~- ~-~? ~#~ # ~|~>~>-~|2-~%~@~`~"~\'~\\~\\x~\\u0000~[~]~{~}~,~&a ~*a~*~&~!',
  '!!str ~!!int ~<<: ~---\n~...\n~%YAML 1.1\n---\n~null~true~no~0x~0xfff~1e400~.nan~-.inf~-0',
  'cell~kernel: ~image: ~format: cell\n~__proto__: ~constructor: ~toString~length: 1\n~- - - ~[[[[~{a: {b: ',
  '\u0000~\u001b~\u0085~\u2028~\u202e~\ufeff~\ufffd~\ud800~à~🐧',
].flatMap((pieces) => pieces.split('~'));

/** One edit: put a piece in, take some characters away, repeat them, move them, or change one. */
const edit = fc.record({
  kind: fc.constantFrom('insert', 'delete', 'repeat', 'move', 'change'),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  to: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.integer({ min: 1, max: 30 }),
  piece: fc.constantFrom(...PIECES),
  code: fc.oneof(fc.integer({ min: 0, max: 0xff }), fc.integer({ min: 0, max: 0xffff })),
});

type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

function apply(text: string, { kind, at, to, length, piece, code }: Edit): string {
  const start = Math.floor(at * text.length);
  const part = text.slice(start, start + length);
  const without = text.slice(0, start) + text.slice(start + length);
  switch (kind) {
    case 'insert':
      return text.slice(0, start) + piece + text.slice(start);
    case 'delete':
      return without;
    case 'repeat':
      return text.slice(0, start) + part.repeat(20) + text.slice(start);
    case 'move': {
      const target = Math.floor(to * without.length);
      return without.slice(0, target) + part + without.slice(target);
    }
    default:
      return text.slice(0, start) + String.fromCharCode(code) + text.slice(start + 1);
  }
}

function expectSane(text: string): Manifest | null {
  const { manifest, problems, files, locate } = quickly(1000, () => parseManifest(text));
  assert.equal(manifest === null, problems.length > 0);
  let last = 0;
  for (const { range, code, message, fix, severity } of problems) {
    assert.equal(severity, 'error');
    assert.match(code, /^manifest\/[a-z-]+$/);
    assert.doesNotMatch(`${message}${fix ?? ''}`, /[\p{Cc}\u202e]|undefined|\[object/u);
    const { start, end } = range!;
    assert(last <= start && start <= end && end <= Math.max(text.length, 1), `${last} ${start} ${end}`);
    last = start;
  }
  for (const { path, file } of files) {
    assert.notEqual(file, '');
    assert(locate(path).end <= text.length, path.join('.'));
  }
  if (manifest) {
    const plain = parse(text.replace(/\r\n?/g, '\n'), { schema: 'core' });
    expect(manifest).toMatchObject({ cell: plain.cell, kernel: { image: plain.kernel.image } });
    if (typeof plain.cmdline === 'string') expect(manifest.cmdline).toBe(plain.cmdline);
    else expect(manifest.cmdline).not.toMatch(/[\0\r\n]/);
  }
  const first = problems[0];
  if (!first) return manifest;
  expect(lineAndColumn(text, first.range!.start).column).toBeGreaterThan(0);
  expect(codeFrame(text, first.range!)).toContain('^');
  return manifest;
}

test('mutated manifests: a manifest, or problems in their places', () => {
  let accepted = 0;
  fc.assert(
    fc.property(fc.constantFrom(...SEEDS), fc.array(edit, { minLength: 1, maxLength: 4 }), (seed, edits) => {
      const text = edits.reduce(apply, seed);
      if (expectSane(text)) accepted++;
    }),
    { numRuns: RUNS },
  );
  // A fuzz that never gets through, or always, would say little.
  expect(accepted).toBeGreaterThan(RUNS / 20);
  expect(accepted).toBeLessThan(RUNS * 0.95);
});

test('random text', () => {
  const text = fc.oneof(
    fc.string({ unit: codePoint, maxLength: 200 }),
    fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((pieces) => pieces.join('')),
  );
  fc.assert(
    fc.property(text, (each) => void expectSane(each)),
    { numRuns: RUNS },
  );
});

test('files that are something else end soon', () => {
  const size = 1 << 16;
  for (const piece of [
    'a: 1\n',
    '[',
    ']',
    ',',
    '}',
    '- ',
    '!a ',
    '&a ',
    '*a ',
    '"',
    "'",
    '\n',
    '# x\n',
    '---\n',
    '"x"\n',
  ]) {
    const text = piece.repeat(size / piece.length);
    const spent = cpuTime();
    expect(parseManifest(text).manifest, piece).toBeNull();
    expect(spent(), piece).toBeLessThan(1250);
  }
  const keys = Array.from({ length: 5900 }, (_, index) => `kernel${index}: 1`).join('\n');
  const spent = cpuTime();
  expect(parseManifest(keys).problems).toHaveLength(101);
  expect(spent()).toBeLessThan(3000);
});
