import { plural } from '../../base/text.ts';
import { coverageText, type Coverage, type RuleOutcome } from '../../checks/coverage.ts';
import { catalogue, kernelRuleFacts } from '../catalogue.ts';
import type { RuleFacts } from '../output-schema.ts';
import { html, type Child, type Markup } from './markup.ts';
import type { PageSubject } from './model.ts';
import { more, table } from './tables.ts';

/** Without what only the pages of the rules have: code spans, and what follows there. */
const plain = (text: string | null): string =>
  (text ?? '')
    .replaceAll('`', '')
    .replace(/, see below/, '')
    .replace(/; also judged without a kernel config/, '');

interface Row {
  outcome: RuleOutcome;
  facts: Pick<RuleFacts, 'group' | 'requirement' | 'reason' | 'symptom' | 'applies'>;
}

const PROJECT = 'Rules of the project';

/** Of what `checks.require` asks for, its id says all. */
const REQUIRED: Row['facts'] = {
  group: PROJECT,
  requirement: null,
  reason: null,
  symptom: null,
  applies: null,
};

function rowsOf({ each }: Coverage, { judged }: PageSubject): Row[] {
  const own = (judged?.rules ?? []).map((rule) => kernelRuleFacts(rule, PROJECT));
  const known = new Map<string, RuleFacts>([...catalogue(), ...own].map((rule) => [rule.id, rule]));
  return each.map((outcome) => ({ outcome, facts: known.get(outcome.rule) ?? REQUIRED }));
}

/** In the order of their first rows. */
function groupedBy(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return groups;
}

interface Listing {
  outcome: RuleOutcome['outcome'];
  /** What the list is of. */
  title(count: number): string;
  /** The tables that it is in. */
  group(row: Row): string;
  /** What is told of each rule, beside its id. */
  columns: readonly (readonly [head: string, text: (row: Row) => string])[];
}

const groupOf = ({ facts }: Row): string => facts.group;

const WANTED = ['What must hold', ({ facts }: Row) => plain(facts.requirement)] as const;
const WHY = ['Why', ({ facts }: Row) => plain(facts.reason ?? facts.symptom)] as const;

const LISTINGS: readonly Listing[] = [
  {
    outcome: 'passed',
    title: (count) => `${plural(count, 'rule')} passed`,
    group: groupOf,
    columns: [WANTED, WHY],
  },
  {
    outcome: 'found',
    title: (count) => `${plural(count, 'rule')} found something`,
    group: groupOf,
    columns: [WANTED, WHY],
  },
  {
    outcome: 'needs-input',
    title: (count) => `${plural(count, 'rule')} not checked: an input was not given`,
    group: ({ outcome }) => `Need ${outcome.needs.join(', ')}`,
    columns: [WANTED, WHY],
  },
  {
    outcome: 'not-judged',
    title: (count) => `${plural(count, 'rule')} not checked because of errors`,
    group: groupOf,
    columns: [WANTED, WHY],
  },
  {
    outcome: 'not-applicable',
    title: (count) => `${plural(count, 'rule')} not applicable: for other architectures, kernels or cells`,
    group: groupOf,
    columns: [['Applies to', ({ facts }) => plain(facts.applies)], WHY],
  },
];

function drawListing({ outcome, title, group, columns }: Listing, rows: readonly Row[]): Markup | null {
  const among = rows.filter((row) => row.outcome.outcome === outcome);
  if (among.length === 0) return null;
  const tables = [...groupedBy(among, group)].map(([caption, own]) => {
    // Of some rules only one of the texts is known.
    const told = columns.filter(([, text]) => own.some((row) => text(row) !== ''));
    return table(
      caption,
      [{ head: 'Rule' }, ...told.map(([head]) => ({ head }))],
      own.map((row): Child[] => [
        html`<code>${row.outcome.rule}</code>`,
        ...told.map(([, text]) => text(row)),
      ]),
    );
  });
  return more(title(among.length), tables);
}

/** What was checked, what was not, and why; by group. */
export function rulesSection(subject: PageSubject): Markup {
  const { coverage } = subject;
  if (coverage === null) return html``;
  const rows = rowsOf(coverage, subject);
  return html`<p>${coverageText(coverage)}.</p>
    ${LISTINGS.map((listing) => drawListing(listing, rows))}`;
}
