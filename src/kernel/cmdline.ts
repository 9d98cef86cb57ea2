interface CmdlineParameter {
  name: string;
  /** What follows the first `=`, without its quotes; `null` if there is no `=`. */
  value: string | null;
}

/** A kernel command line as Linux reads it. */
export interface Cmdline {
  parameters: CmdlineParameter[];
  /** What follows `--`, for init alone; `null` without a `--`. */
  init: string | null;
}

/** A UART that the kernel is told to use as console. */
interface SerialConsole {
  /** The N of ttySN. */
  line: number;
  /** `115200n8`; `null` if none are given. */
  options: string | null;
  /** The parameter's value, as written. */
  text: string;
}

/** Ports of the PC's UARTs, in the order in which Linux numbers them. */
const UART_PORTS = [0x3f8, 0x2f8, 0x3e8, 0x2e8];

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

/** Splits a command line as Linux does (lib/cmdline.c, next_arg); a NUL ends it. */
export function parseCmdline(text: string): Cmdline {
  const bytes = Buffer.from(text, 'utf8').toString('latin1').split('\0', 1)[0]!;
  const parameters: CmdlineParameter[] = [];
  let at = skipSpaces(bytes, 0);
  while (at < bytes.length) {
    const { name, value, end } = readWord(bytes, at);
    // The byte that ended the word is gone even if it would open another one.
    at = skipSpaces(bytes, end + 1);
    if (name === '--' && value === null) return { parameters, init: fromBytes(bytes.slice(at)) };
    parameters.push({ name: fromBytes(name), value: value === null ? null : fromBytes(value) });
  }
  return { parameters, init: null };
}

/** Decodes `console=` as Linux does (kernel/printk/printk.c): device name, its digits, options after a comma. */
function parseConsole(text: string): SerialConsole | null {
  const device = /^\d/.test(text) ? `ttyS${text}` : text;
  const [, name, digits] = /^([^\d,]*)(\d*)/.exec(device)!;
  const comma = device.indexOf(',');
  const options = comma < 0 ? null : device.slice(comma + 1);
  if (name === 'ttyS') return { line: Number(digits), options, text };
  const port = name === 'uart' ? /^io,(0x[0-9a-f]+)(?:,(.*))?$/i.exec(options ?? '') : null;
  const line = port ? UART_PORTS.indexOf(Number(port[1])) : -1;
  return line < 0 ? null : { line, options: port?.[2] ?? null, text };
}

/** The last `console=` that names a PC UART: `ttySN`, a bare `N`, or `uart,io,PORT`. */
export function serialConsole({ parameters }: Cmdline): SerialConsole | null {
  const consoles = parameters
    .filter(({ name, value }) => name === 'console' && value !== null)
    .map(({ value }) => parseConsole(value!));
  return consoles.findLast((found) => found !== null) ?? null;
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
