import { plural } from '../../base/text.ts';
import type { Waiver } from '../../manifest/types.ts';
import { html, type Child, type Markup } from './markup.ts';
import type { DigestedFile, PageFinding, PageSubject } from './model.ts';
import { facts, more, table } from './tables.ts';

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
