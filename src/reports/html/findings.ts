import type { Severity } from '../../base/choices.ts';
import { waiverText } from '../../base/diagnostic-text.ts';
import { documentationOf } from '../../base/documentation.ts';
import { placeText, rankOf } from '../report.ts';
import { tally } from '../verdict.ts';
import { html, lines, type Markup } from './markup.ts';
import type { PageFinding } from './model.ts';
import { facts, more } from './tables.ts';

const WORDS: Readonly<Record<Severity, string>> = { error: 'Error', warning: 'Warning', info: 'Note' };

/** A word on a colour, with a sign of its own. */
export const chip = (kind: 'error' | 'warning' | 'info' | 'waived' | 'pass', text: string): Markup =>
  html`<span class="chip ${kind}">${text}</span>`;

const chipOf = ({ severity, waived }: PageFinding['diagnostic']): Markup =>
  waived ? chip('waived', 'Waived') : chip(severity, WORDS[severity]);

/** Lines whose columns belong together: they scroll where they are too wide. */
const excerpt = (name: string, text: string): Markup =>
  html`<pre class="lines" role="group" tabindex="0" aria-label="${name}">${lines(text)}</pre>`;

function drawFinding({ diagnostic, place, related, frame, source }: PageFinding): Markup {
  const { code, message, requested, actual, symptom, fix, detail, waived } = diagnostic;
  const isOpen = diagnostic.severity === 'error' && !waived;
  return html`<details class="finding" ${isOpen ? html` open` : null}>
    <summary>
      ${chipOf(diagnostic)} <span class="message">${message}</span> <code class="rule">${code}</code>
    </summary>
    ${facts([
      ['Place', html`<code>${placeText(place)}</code>`],
      ['Shown by', related && html`<code>${placeText(related)}</code>`],
      ['Requested', requested ?? null],
      ['Actual', actual ?? null],
      ['Symptom', symptom ?? null],
      ['Fix', fix ?? null],
      ['Accepted', waived ? waiverText(waived) : null],
      ['Source', source],
      ['Documentation', html`<code>${documentationOf(code)}</code>`],
    ])}${detail !== undefined && excerpt('Details', detail)}${
      frame !== null && excerpt('Lines of the file', frame)
    }
  </details>`;
}

/** Errors in full, the rest to be opened; waivers last. */
export function findingsSection(findings: readonly PageFinding[]): Markup {
  const sorted = findings.toSorted((a, b) => rankOf(a.diagnostic) - rankOf(b.diagnostic));
  const isLoud = ({ diagnostic: { severity, waived } }: PageFinding): boolean =>
    !waived && severity !== 'info';
  const [loud, quiet] = [sorted.filter(isLoud), sorted.filter((each) => !isLoud(each))];
  if (sorted.length === 0) return html`<p>Nothing was found.</p>`;
  return html`${loud.map(drawFinding)}${
    quiet.length > 0 && more(tally(quiet.map(({ diagnostic }) => diagnostic)), quiet.map(drawFinding))
  }`;
}

/** The verdict in a word, and what it comes from. */
export const countsText = (findings: readonly PageFinding[]): string =>
  tally(findings.map(({ diagnostic }) => diagnostic));
