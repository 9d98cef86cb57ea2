import type { FindingCode } from '../../base/codes.ts';
import { plural } from '../../base/text.ts';
import type { Waiver } from '../../manifest/types.ts';
import { catalogue } from '../catalogue.ts';
import type { RuleFacts } from '../output-schema.ts';
import { html, type Child, type Markup } from './markup.ts';
import type { DigestedFile, PageFinding, PageSubject } from './model.ts';
import { facts, more, table } from './tables.ts';

/** Without what only the pages of the rules have: code spans, and what follows there. */
const plain = (text: string): string =>
  text
    .replaceAll('`', '')
    .replace(/, see below/, '')
    .replace(/; also judged without a kernel config/, '');

function passedRow(id: FindingCode, rule: RuleFacts | undefined): readonly Child[] {
  return [html`<code>${id}</code>`, plain(rule?.requirement ?? ''), plain(rule?.reason ?? '')];
}

/** What was checked and holds. */
export function passedSection({ judged }: PageSubject): Markup {
  const ids = judged?.satisfied ?? [];
  const rules = new Map(catalogue().map((rule) => [rule.id, rule]));
  if (ids.length === 0) return html`<p>No rule of the kernel was checked and holds.</p>`;
  return more(
    `${plural(ids.length, 'rule')} of the kernel checked and passed`,
    table(
      'Rules that hold',
      [{ head: 'Rule' }, { head: 'What must hold' }, { head: 'Why' }],
      ids.map((id) => passedRow(id, rules.get(id))),
    ),
  );
}

function accepts({ rule, reason }: Waiver, findings: readonly PageFinding[]): string {
  const count = findings.filter(
    ({ diagnostic: { code, waived } }) => code === rule && waived?.reason === reason,
  ).length;
  return count === 0 ? 'nothing' : plural(count, 'finding');
}

/** What somebody accepted, why, and how long. */
export const waiversSection = ({ waivers, findings }: PageSubject): Markup =>
  waivers.length === 0
    ? html``
    : table(
        'Waivers',
        [{ head: 'Rule' }, { head: 'Reason' }, { head: 'Until' }, { head: 'Accepts' }],
        waivers.map((waiver) => [
          html`<code>${waiver.rule}</code>`,
          waiver.reason,
          waiver.until ?? 'no date',
          accepts(waiver, findings),
        ]),
      );

const digestRows = (files: readonly DigestedFile[]): (readonly Child[])[] =>
  files.map(({ key, file, digest }) => [
    key,
    html`<code>${file}</code>`,
    digest === null ? 'not known' : digest.size,
    digest === null ? 'it cannot be read' : digest.sha256,
  ]);

const FILE_COLUMNS = [
  { head: 'What' },
  { head: 'File' },
  { head: 'Bytes', isNumber: true },
  { head: 'SHA-256', isCode: true },
] as const;

/** What it is made of, and the bundle that comes of it. */
export const digestsSection = ({ inputs, bundle }: PageSubject): Markup =>
  html`${
    bundle !== null &&
    facts([
      ['Bundle', bundle.name],
      ['SHA-256 of its SHA256SUMS', html`<code class="digest">${bundle.sumsSha256}</code>`],
      ['SHA-256 of its tar, unsigned', html`<code class="digest">${bundle.tarSha256}</code>`],
    ])
  }${table('Files that were checked', FILE_COLUMNS, digestRows(inputs))}${
    bundle !== null &&
    more('Files of the bundle', table('Files of the bundle', FILE_COLUMNS, digestRows(bundle.files)))
  }`;
