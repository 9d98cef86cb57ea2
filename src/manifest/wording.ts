import { either, nearest } from '../base/text.ts';
import { PLACEMENTS, PROFILES, RESTARTS, TAR_PACKINGS } from '../base/choices.ts';
import { LONGEST_READY, LONGEST_TIMEOUT, regexFault } from './expectation.ts';
import { type KeyPattern, KEYS } from './keys.ts';
import { LAYOUT_IDS } from '../formats/cell/layout-ids.ts';
import { quoted } from '../formats/yaml/problem.ts';

interface Wording {
  /** Behind the key's name. */
  says: string;
  fix: string;
}

const CONTROL = /\p{Cc}/u;
const CONTROL_BUT_TAB = /(?!\t)\p{Cc}/u;

const oneLine = (value: string, fix: string, control: RegExp): Wording | null => {
  if (/[\r\n]/.test(value)) {
    const ending = /^[^\r\n]+[\r\n]+$/.test(value);
    return ending
      ? {
          says: 'ends in a line break',
          fix: 'write `>-` instead of `>` or `|`, or the value after the key',
        }
      : { says: 'has a line break in it', fix };
  }
  const found = control.exec(value)?.[0];
  if (found === undefined) return null;
  const name = found === '\t' ? 'a tab' : `the control character ${quoted(found)}`;
  return { says: `has ${name} in it`, fix: 'remove it' };
};

function aboutPath(value: string, sample: string): Wording {
  if (value === '') return { says: 'is empty', fix: `name a file: \`${sample}\`` };
  return oneLine(value, 'write one path on one line', CONTROL)!;
}

function aboutChoice(value: string, choices: readonly string[]): Wording {
  const meant = nearest(value, choices);
  const all = either(choices.map((choice) => `\`${choice}\``));
  return {
    says: `cannot be ${quoted(value)}`,
    fix: meant === undefined ? `write ${all}` : `did you mean \`${meant}\`? Allowed: ${all}`,
  };
}

function aboutTarget(value: string, sample: string): Wording {
  const broken = oneLine(value, 'write one path on one line', CONTROL);
  if (broken) return broken;
  if (value.includes('\\')) {
    const fix = 'folders are separated by `/`; a name with a backslash cannot be written to SHA256SUMS';
    return { says: `has a backslash in the path ${quoted(value)}`, fix };
  }
  const parts = value.split('/').filter((part) => part !== '' && part !== '.');
  if (!value.startsWith('/') || value === '/') {
    const says = `must be true or an absolute path on the target, not ${quoted(value)}`;
    return { says, fix: `as in \`${sample}\`` };
  }
  if (parts.includes('..'))
    return { says: `has \`..\` in the path ${quoted(value)}`, fix: 'write the path without it' };
  return {
    says: `is not in its shortest form: ${quoted(value)}`,
    fix: `write ${quoted(`/${parts.join('/')}`)}`,
  };
}

function aboutName(value: string): Wording {
  if (value.length > 91) return { says: `has ${value.length} characters; 91 are allowed`, fix: 'shorten it' };
  const fitting = value.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+|-+$/g, '');
  return {
    says: `cannot be ${quoted(value)}: letters, digits, \`.\`, \`_\` and \`-\` are allowed, a letter or digit first`,
    fix: fitting === '' ? 'as in `name: linux-demo`' : `write for example \`name: ${fitting}\``,
  };
}

function aboutWord(value: string): Wording {
  if (value.trim() === '') return { says: 'is an empty word', fix: 'remove it' };
  const broken = oneLine(value, 'a kernel command line is one line', CONTROL_BUT_TAB);
  if (broken) return broken;
  return {
    says: `cannot be one word for Linux: ${quoted(value)}`,
    fix: 'Linux cannot have a double quote inside a quoted word: leave the quote out, or write two words',
  };
}

/** Whether there is such a day; `text` is `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** A date in another order or with other signs, as `YYYY-MM-DD`, where there is only one way to read it. */
function reorderedDate(value: string): string | null {
  const yearFirst = /^(\d{4})[-./](\d{1,2})[-./](\d{1,2})$/.exec(value);
  const dayFirst = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(value);
  const [year, month, day] = yearFirst ? yearFirst.slice(1) : dayFirst ? dayFirst.slice(1).toReversed() : [];
  if (!year || !month || !day) return null;
  const text = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return isDay(text) ? text : null;
}

function aboutDate(value: string): Wording {
  const reordered = reorderedDate(value);
  if (reordered) return { says: `cannot be ${quoted(value)}`, fix: `write \`until: ${reordered}\`` };
  const says = /^\d{4}-\d{2}-\d{2}$/.test(value)
    ? `is a day that does not exist: ${quoted(value)}`
    : `is not a date: ${quoted(value)}`;
  return { says, fix: 'write the last day as YYYY-MM-DD, as in `until: 2027-06-30`' };
}

/** What a text or a yes-or-no that is no kconfig value was likely to be. */
export function symbolValueFix(value: unknown): string {
  const text = String(value).toLowerCase();
  if (['y', 'yes', 'on', 'true'].includes(text)) return 'write `y`';
  if (['n', 'no', 'off', 'false', 'null'].includes(text)) return 'write `n`';
  if (text === 'm') return 'write `m`';
  return 'write y, n, m, a whole number, or text in quotes';
}

function aboutExpectation(value: string): Wording {
  if (value === '') return { says: 'is empty', fix: "write what to wait for: `expect: 'login:'`" };
  const broken = oneLine(value, 'it is compared with one line at a time: write a list', CONTROL_BUT_TAB);
  return (
    broken ?? {
      says: `is not a regular expression: ${regexFault(value)}`,
      fix: `write one as JavaScript has it, special characters with a backslash: ${quoted(value.replaceAll(/[()[\]{}*+?|]/g, '\\$&'))}`,
    }
  );
}

/** Why `value`, which is of the right type, cannot stand at a key. */
export function aboutValue(pattern: KeyPattern, value: unknown): Wording {
  const { sample } = KEYS[pattern];
  if (Array.isArray(value)) {
    const item = pattern === 'compatible' ? 'board' : 'file';
    return { says: 'is an empty list', fix: `remove the key, or name a ${item}` };
  }
  const text = String(value);
  switch (pattern) {
    case 'name':
      return aboutName(text);
    case 'version':
      return { says: `cannot be ${text}`, fix: `write ${KEYS.version.wanted}: \`${sample}\`` };
    case 'compatible':
    case 'compatible.*':
      if (value === '') return { says: 'is empty', fix: `name a board: \`${sample}\`` };
      return oneLine(text, 'write a list, a board on each line', CONTROL)!;
    case 'cmdline':
      return oneLine(
        text,
        'a kernel command line is one line: write `>-`, or a list of words',
        CONTROL_BUT_TAB,
      )!;
    case 'cmdline.*':
      return aboutWord(text);
    case 'layout':
      return aboutChoice(text, LAYOUT_IDS);
    case 'placement':
      return aboutChoice(text, PLACEMENTS);
    case 'checks.profile':
      return aboutChoice(text, PROFILES);
    case 'bundle.compress':
      return aboutChoice(text, TAR_PACKINGS);
    case 'checks.require.*':
      return { says: `cannot be ${quoted(text)}`, fix: symbolValueFix(value) };
    case 'checks.waive.*.rule':
      return {
        says: `cannot be ${quoted(text)}`,
        fix: 'write the id that the finding shows, as in `rule: kernel/serio`',
      };
    case 'checks.waive.*.reason':
      return { says: 'is empty', fix: 'say why the finding is acceptable here' };
    case 'checks.waive.*.until':
      return aboutDate(text);
    case 'boot.expect':
    case 'boot.expect.*':
      return aboutExpectation(text);
    case 'boot.send':
    case 'boot.send.*':
      return oneLine(text, 'one line is typed at a time: write a list', CONTROL_BUT_TAB)!;
    case 'boot.timeout':
      return {
        says: `cannot be ${text}`,
        fix: `write seconds, more than 0 and at most ${LONGEST_TIMEOUT}: \`${sample}\``,
      };
    case 'restart':
      return aboutChoice(text, RESTARTS);
    case 'ready.command':
      return (
        oneLine(
          text,
          'a command is one line: put a longer one into a script on the target',
          CONTROL_BUT_TAB,
        ) ?? {
          says: 'is empty',
          fix: `write a command: \`${sample}\``,
        }
      );
    case 'ready.timeout':
    case 'ready.interval':
      return { says: `cannot be ${text}`, fix: `write whole seconds, 1 to ${LONGEST_READY}: \`${sample}\`` };
    case 'bundle.kernel':
    case 'bundle.initrd':
    case 'bundle.loader':
      return aboutTarget(text, sample);
    default:
      return aboutPath(text, sample);
  }
}
