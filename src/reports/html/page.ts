import { createHash } from 'node:crypto';
import { plural } from '../../base/text.ts';
import { TOOL_NAME, TOOL_VERSION } from '../../base/version.ts';
import { isFailing, subjectTitle } from '../report.ts';
import { chip, countsText } from './findings.ts';
import { html, trusted, type Markup } from './markup.ts';
import type { NamedCmdline, PageSubject, ReportPage } from './model.ts';
import { STYLES } from './styles.ts';
import { machineSection, subjectSection, verdictChip } from './subject.ts';
import { table } from './tables.ts';

/** Nothing is loaded, run or sent: of the page's own styles the digest is known. */
const policy = (styles: string): string => {
  const digest = createHash('sha256').update(styles).digest('base64');
  return `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`;
};

const nameOf = (subject: PageSubject): string =>
  subject.part ?? subject.planned?.name ?? subjectTitle(subject);

/** The command lines of a machine file's cells; the root cell's once. */
function cmdlinesOf({ file, machine }: PageSubject, all: readonly PageSubject[]): NamedCmdline[] {
  if (machine === null) return [];
  const own = all.filter(({ machineFile }) => machineFile === file);
  const root = own.find(({ rootCmdline }) => rootCmdline !== null)?.rootCmdline ?? null;
  return [
    ...(root === null ? [] : [{ name: 'root cell', cmdline: root }]),
    ...own.flatMap((each) => (each.cmdline === null ? [] : [{ name: nameOf(each), cmdline: each.cmdline }])),
  ];
}

/** `board.machine.yaml`, `3 files`: what was named, without the cells of machine files. */
function titleOf({ subjects }: ReportPage): string {
  const named = subjects.filter(({ machineFile }) => machineFile === null).map(subjectTitle);
  return named.length === 1 ? named[0]! : plural(named.length, 'file');
}

interface Entry {
  id: string;
  title: string;
  subject: PageSubject | null;
}

const index = (entries: readonly Entry[], { failsFrom }: ReportPage): Markup =>
  html`<nav aria-label="Contents">
    ${table(
      'What was checked',
      [{ head: 'Name' }, { head: 'Verdict' }, { head: 'Found' }],
      entries.map(({ id, title, subject }) => [
        html`<a href="#${id}">${title}</a>`,
        subject && verdictChip(subject.findings, failsFrom),
        subject && countsText(subject.findings),
      ]),
    )}
  </nav>`;

function headline({ subjects, failsFrom }: ReportPage): Markup {
  const isFailed = ({ findings }: PageSubject): boolean =>
    findings.some(({ diagnostic }) => isFailing(diagnostic, failsFrom));
  const failed = subjects.filter(isFailed).length;
  const found = countsText(subjects.flatMap(({ findings }) => findings));
  const [kind, word] = failed > 0 ? (['error', 'Fails'] as const) : (['pass', 'Passes'] as const);
  const among =
    subjects.length === 1
      ? ''
      : failed > 0
        ? `${failed} of ${subjects.length} fail; `
        : `all ${subjects.length} pass; `;
  return html`<p class="verdict large">${chip(kind, word)} <span>${among}${found}</span></p>`;
}

/** The page as a file: the same for the same inputs. */
export function encodePage(page: ReportPage): string {
  const { subjects, machines, failsFrom } = page;
  const entries: Entry[] = [
    ...subjects.map((subject, at) => ({ id: `s${at + 1}`, title: subjectTitle(subject), subject })),
    ...machines.map(({ subjects: names }, at) => ({
      id: `m${at + 1}`,
      title: `The machine of ${names.join(', ')}`,
      subject: null,
    })),
  ];
  const onMachine = new Set(machines.flatMap(({ subjects: names }) => names));
  const title = titleOf(page);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${trusted(policy(STYLES))}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="generator" content="${TOOL_NAME}" />
        <title>${title}: Jailhouse report</title>
        ${trusted(`<style>${STYLES}</style>`)}
      </head>
      <body>
        <header class="top">
          <p class="kind">Jailhouse report</p>
          <h1>${title}</h1>
          ${headline(page)}
        </header>
        ${entries.length > 1 && index(entries, page)}
        <main>
          ${subjects.map((subject, at) =>
            subjectSection(subject, {
              id: `s${at + 1}`,
              failsFrom,
              isOnMachine: onMachine.has(subjectTitle(subject)) || subject.machineFile !== null,
              cmdlines: cmdlinesOf(subject, subjects),
              cellsNamed: subjects.filter(({ machineFile }) => machineFile === subject.file).length,
            }),
          )}${machines.map((machine, at) => machineSection(machine, `m${at + 1}`))}
        </main>
        <footer>
          <p>
            Made by ${TOOL_NAME} ${TOOL_VERSION} from the files above: the same files give the same page. The
            pages of its documentation that findings name are in the package.
          </p>
        </footer>
      </body>
    </html> `.html;
}
