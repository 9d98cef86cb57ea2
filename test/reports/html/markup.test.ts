import fc from 'fast-check';
import { expect, test } from 'vitest';
import { html, join, lines } from '../../../src/reports/html/markup.ts';
import type { PageSubject } from '../../../src/reports/html/model.ts';
import { encodePage } from '../../../src/reports/html/page.ts';
import { codePoint } from '../../helpers/any-text.ts';
import { oneIn, RUNS } from '../../helpers/runs.ts';

const text = fc.string({ unit: codePoint, maxLength: 40 });

test('texts are escaped, and markup is kept', () => {
  expect(html`<p title="${'"a"'}">${'<b> & '}${html`<i>${1}</i>`}</p>`.html).toBe(
    '<p title="&quot;a&quot;">&lt;b&gt; &amp; <i>1</i></p>',
  );
  expect(html`${null}${false}${['a', ['b']]}`.html).toBe('ab');
  expect(html`${join(['a', 'b', 'c'], html`<br />`)}`.html).toBe('a<br />b<br />c');
  expect(lines('a\n<b>\u0007').html).toBe('a\n&lt;b&gt;\\u{7}');
});

test('any text stays a text', () => {
  fc.assert(
    fc.property(text, (each) => {
      const { html: made } = html`<p title="${each}">${each}</p>`;
      expect(made.match(/[<>"]/g)).toEqual(['<', '"', '"', '>', '<', '>']);
      expect(made).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(lines(each).html).not.toMatch(/[<>"']/);
    }),
    { numRuns: RUNS },
  );
});

/** A subject that has the text wherever a foreign file could have put it. */
const subjectOf = (each: string): PageSubject => ({
  file: each,
  part: each,
  findings: (['error', 'info'] as const).map((severity) => ({
    diagnostic: {
      code: 'kernel/serio',
      severity,
      message: each,
      requested: each,
      actual: each,
      symptom: each,
      fix: each,
      detail: each,
      waived: { reason: each, until: null },
    },
    place: { file: each, line: 1, column: null },
    related: { file: each, line: null, column: null },
    frame: each,
    source: each,
  })),
  cell: null,
  planned: null,
  coverage: {
    checked: 0,
    notApplicable: 0,
    notJudged: 0,
    needInput: 1,
    inputs: [each],
    each: [{ rule: 'project/any', outcome: 'needs-input', needs: [each] }],
  },
  judged: null,
  kernel: null,
  initrd: null,
  cmdline: `a ${each}`,
  rootCmdline: `b ${each}`,
  waivers: [{ rule: 'kernel/serio', reason: each, until: null }],
  inputs: [{ key: each, file: each, digest: { size: 1, sha256: each } }],
  bundle: {
    name: each,
    sumsSha256: each,
    tarSha256: each,
    files: [{ key: each, file: each, digest: null }],
    commands: [each],
  },
  machineFile: null,
  machine: null,
});

/** Its tags and the names of their attributes, without any value. */
const skeleton = (each: string): string[] =>
  [
    ...encodePage({
      failsFrom: 'error',
      subjects: [subjectOf(each), subjectOf(each)],
      machines: [],
    }).matchAll(/<[^>]*>/g),
  ].map(([tag]) => tag.replaceAll(/"[^"]*"/g, '""'));

test('no text changes the tags of a page', () => {
  const usual = skeleton('x');
  fc.assert(
    fc.property(text, (each) => {
      expect(skeleton(each)).toEqual(usual);
    }),
    { numRuns: oneIn(20) },
  );
});
