interface CmdlineParameter {
  name: string;
  /** What follows the first `=`, without its quotes; `null` if there is no `=`. */
  value: string | null;
}

/** A kernel command line as Linux reads it. */
export interface Cmdline {
  /** As it was written. */
  text: string;
  parameters: CmdlineParameter[];
  /** What follows `--`, for init alone; `null` without a `--`. */
  init: string | null;
}

/** Linux's isspace(): it knows Latin-1's no-break space, so that byte also splits UTF-8 texts outside quotes. */
const SPACE = /[\t-\r \xa0]/;

const fromBytes = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');

/** Quotes toggle anywhere in a word; one pair that encloses the word, and one that encloses the value, is dropped. */
function readWord(bytes: string, from: number): { name: string; value: string | null; end: number } {
  const isQuoted = bytes[from] === '"';
  const start = isQuoted ? from + 1 : from;
  let inQuotes = isQuoted;
  let equals = -1;
  let end = start;
  for (; end < bytes.length && (inQuotes || !SPACE.test(bytes[end]!)); end++) {
    // A word cannot begin with its `=`.
    if (bytes[end] === '=' && equals < 0 && end > start) equals = end;
    if (bytes[end] === '"') inQuotes = !inQuotes;
  }
  let last = end;
  const opensValue = equals >= 0 && bytes[equals + 1] === '"';
  if ((isQuoted || opensValue) && last > start && bytes[last - 1] === '"') last--;
  if (equals < 0) return { name: bytes.slice(start, last), value: null, end };
  const value = bytes.slice(equals + (opensValue ? 2 : 1), last);
  return { name: bytes.slice(start, equals), value, end };
}

function skipSpaces(bytes: string, from: number): number {
  let at = from;
  while (at < bytes.length && SPACE.test(bytes[at]!)) at++;
  return at;
}

/** All values that a parameter is given, in order; `null` for one without `=`. */
export const valuesOf = ({ parameters }: Cmdline, wanted: string): (string | null)[] =>
  parameters.filter(({ name }) => name === wanted).map(({ value }) => value);

/** Splits a command line as Linux does (lib/cmdline.c, next_arg); a NUL ends it. */
export function parseCmdline(text: string): Cmdline {
  const bytes = Buffer.from(text, 'utf8').toString('latin1').split('\0', 1)[0]!;
  const parameters: CmdlineParameter[] = [];
  let at = skipSpaces(bytes, 0);
  while (at < bytes.length) {
    const { name, value, end } = readWord(bytes, at);
    // The byte that ended the word is gone even if it would open another one.
    at = skipSpaces(bytes, end + 1);
    if (name === '--' && value === null) return { text, parameters, init: fromBytes(bytes.slice(at)) };
    parameters.push({ name: fromBytes(name), value: value === null ? null : fromBytes(value) });
  }
  return { text, parameters, init: null };
}

const UINT = /^\+?(?:0[xX][0-9a-fA-F]+|[0-9]+)$/;

/** An unsigned int as Linux reads it: hex, octal with a leading 0, decimal; `null` where Linux refuses it. */
function parseUint(text: string): number | null {
  if (!UINT.test(text)) return null;
  const digits = text.replace('+', '');
  const isOctal = /^0[0-9]/.test(digits);
  const value = Number(isOctal ? `0o${digits}` : digits);
  return value <= 0xffffffff ? value : null;
}

const NR_UARTS = new Set(['8250.nr_uarts', '8250_core.nr_uarts']);

/** How many UARTs `8250.nr_uarts=` (or its older name) asks for; `null` if it does not, or not with a number. */
export function requestedUarts({ parameters }: Cmdline): number | null {
  return (
    parameters
      .filter(({ name }) => NR_UARTS.has(name.replaceAll('-', '_')))
      .map(({ value }) => parseUint(value ?? ''))
      .findLast((count) => count !== null) ?? null
  );
}
