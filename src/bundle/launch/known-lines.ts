import { shellQuote } from '../../base/text.ts';
import { KINDS } from '../../explain/kinds/index.ts';
import { shapeParts } from '../../explain/shape.ts';

/** The lines of the hypervisor that users' mails have most often; the narrower ones first. */
const FREQUENT = [
  'trace',
  'arm-data',
  'arm-instruction',
  'arm-trap',
  'mmio-undecoded',
  'mmio-other',
  'pci-config',
  'triple-fault',
  'msr-other',
  'pio-other',
];

/** What is said in place of a value: the line itself is next to it. */
const REPLACEMENTS: readonly (readonly [RegExp, string])[] = [
  [/ \([^()]*\{[^()]*\)/g, ''],
  [/\{access\}/g, 'read or write'],
  [/\bport \{port\}/g, 'that port'],
  [/\bMSR \{msr\}/g, 'that MSR'],
  [/\bline \{at\}/g, 'that line'],
  [/\{(\w+)\}/g, 'that $1'],
];

const withoutValues = (text: string): string =>
  REPLACEMENTS.reduce((said, [value, word]) => said.replaceAll(value, word), text);

/** Patterns of `case` for a shape: forms that a pattern cannot say are any text. */
function patternsOf(shape: string): string[] {
  const { parts, isCut } = shapeParts(shape);
  if (isCut) return [];
  let pattern = '*';
  let literal = '';
  let ends = false;
  const quoted = (): string => (literal === '' ? '' : shellQuote(literal));
  for (const { fixed, value } of parts) {
    literal += fixed;
    ends = value?.name === '' && literal !== '';
    if (value === null || value.name === '') continue;
    if (/^\w+$/.test(value.form)) {
      literal += value.form;
      continue;
    }
    pattern += literal === '' ? '' : `${quoted()}*`;
    literal = '';
  }
  if (ends) return [`${pattern}${quoted()}`, `${pattern}${quoted()}[!0-9a-f]*`];
  return [literal === '' ? pattern : `${pattern}${quoted()}*`];
}

/** Cases of a `case`, each of which sets `known`. */
export const KNOWN_LINES = FREQUENT.map((id) => {
  const { shapes, meaning, fix } = KINDS.find((kind) => kind.id === id)!;
  const patterns = [...new Set(shapes.flatMap(patternsOf))];
  const said = `${id}: ${withoutValues(meaning)}; fix: ${withoutValues(fix)}`;
  return `    ${patterns.join(' | ')})\n      known=${shellQuote(said)}\n      ;;\n`;
}).join('');
