import { InputError, type Diagnostic } from '../../base/diagnostic.ts';
import { isGzip } from '../compression/detect.ts';
import { gunzip } from '../compression/gzip.ts';

type Tristate = 'y' | 'm' | 'n';

/** A symbol's value; a number keeps its spelling. */
export type KconfigValue =
  | { type: 'tristate'; value: Tristate }
  | { type: 'number'; value: bigint; text: string }
  | { type: 'string'; value: string };

/** A kernel's `.config`. */
export interface KernelConfig {
  /** `6.1.192`, from the comment on top; `null` without one. */
  version: string | null;
  /** Unpacked, each line end as LF. */
  text: string;
  /** A defconfig or a fragment: a symbol that it does not mention may have any value. */
  isPartial: boolean;
  /** By name without `CONFIG_`. `# CONFIG_X is not set` is a tristate `n`; a symbol that is not mentioned is not in here. */
  symbols: ReadonlyMap<string, KconfigValue>;
  /** The line (from 1) of each symbol's last assignment, the one that counts. */
  lines: ReadonlyMap<string, number>;
  /** Warnings: values given twice, or not understood. */
  problems: readonly Diagnostic[];
}

/** Far more than any kernel's: a distribution's has 300 KB. */
export const MAX_CONFIG_BYTES = 4 * 1024 * 1024;

const ASSIGNMENT = /^CONFIG_(\w+)=(.*)$/s;
const NOT_SET = /^# CONFIG_(\w+) is not set/;
const WRITTEN_BY_KCONFIG = /^# Automatically generated (?:make config: don't edit|file; DO NOT EDIT)/i;
const VERSION = /^# Linux(?:\/\S+ (\S+) Kernel Configuration| kernel version: (\S+))/;
const STRING = /^"([^"\\]*(?:\\.[^"\\]*)*)"/s;
const INTEGER = /^-?\d{1,20}$/;
const HEX = /^0[xX][0-9a-fA-F]{1,16}$/;

const fault = (why: string): InputError =>
  new InputError('kernel/config-format', `the kernel config ${why}`, {
    fix: "give the kernel build's .config (/boot/config-* or /proc/config.gz of a distribution)",
  });

function parseValue(text: string): KconfigValue | null {
  if (text === 'y' || text === 'm' || text === 'n') return { type: 'tristate', value: text };
  if (INTEGER.test(text) || HEX.test(text)) return { type: 'number', value: BigInt(text), text };
  // kconfig writes int and hex symbols that have no value so.
  if (text === '') return { type: 'string', value: '' };
  const quoted = STRING.exec(text)?.[1];
  return quoted === undefined ? null : { type: 'string', value: quoted.replace(/\\(.)/gs, '$1') };
}

/** Nobody sets these: kconfig does, and leaves them out of a defconfig. */
const ALWAYS_THERE = ['CC_VERSION_TEXT', 'X86', 'X86_64', 'X86_32', 'ARM64', 'ARM'];

const list = (texts: readonly string[]): string =>
  texts.length > 3 ? `${texts.slice(0, 3).join(', ')} and ${texts.length - 3} more` : texts.join(', ');

/** The line of a finding that is about one line, or about one symbol: its last. */
const at = (line: number | undefined): Pick<Diagnostic, 'fileLine'> =>
  line === undefined ? {} : { fileLine: line };

const duplicates = (assignments: ReadonlyMap<string, readonly number[]>): Diagnostic[] => {
  const repeated = [...assignments].filter(([, numbers]) => numbers.length > 1);
  if (repeated.length === 0) return [];
  const texts = repeated.map(([symbol, numbers]) => `CONFIG_${symbol} (lines ${numbers.join(', ')})`);
  return [
    {
      code: 'kernel/config-duplicate',
      severity: 'warning',
      message: `the kernel config sets symbols more than once; the last line counts: ${list(texts)}`,
      fix: "let the kernel's `make olddefconfig` write the file again",
      ...at(repeated.length === 1 ? repeated[0]![1].at(-1) : undefined),
    },
  ];
};

function oddValues(odd: readonly { symbol: string; line: number }[]): Diagnostic[] {
  if (odd.length === 0) return [];
  const texts = odd.map(({ symbol, line }) => `CONFIG_${symbol} (line ${line})`);
  return [
    {
      code: 'kernel/config-value',
      severity: 'warning',
      message: `the kernel config has values that kconfig does not know and that are ignored: ${list(texts)}`,
      fix: 'a value is y, m or n, a number, or a string in double quotes',
      ...at(odd.length === 1 ? odd[0]!.line : undefined),
    },
  ];
}

/**
 * Reads a kernel config, plain or gzip'd, whole or a fragment. A repeated symbol's last line counts.
 *
 * @throws InputError `kernel/config-format` for anything that is no kernel config
 * @see Linux, Documentation/kbuild/kconfig.rst
 */
export function parseKernelConfig(bytes: Uint8Array): KernelConfig {
  if (bytes.length === 0) throw fault('is empty');
  const data = isGzip(bytes) ? gunzip(bytes, MAX_CONFIG_BYTES, fault) : bytes;
  if (data.length > MAX_CONFIG_BYTES) throw fault(`has more than ${MAX_CONFIG_BYTES} bytes`);
  const zero = data.indexOf(0);
  if (zero >= 0) throw fault(`is not text: byte ${zero} is zero`);

  const symbols = new Map<string, KconfigValue>();
  const assignments = new Map<string, number[]>();
  const odd: { symbol: string; line: number }[] = [];
  let version: string | null = null;
  let isWritten = false;
  const text = new TextDecoder().decode(data).replaceAll('\r\n', '\n');
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trimEnd();
    const assignment = ASSIGNMENT.exec(line);
    const symbol = assignment?.[1] ?? NOT_SET.exec(line)?.[1];
    if (symbol === undefined) {
      if (line !== '' && !line.startsWith('#')) {
        throw fault(`has a line ${index + 1} that is neither a comment nor CONFIG_NAME=value`);
      }
      const found = VERSION.exec(line);
      version ??= found?.[1] ?? found?.[2] ?? null;
      isWritten ||= WRITTEN_BY_KCONFIG.test(line);
      continue;
    }
    const value = parseValue(assignment ? assignment[2]! : 'n');
    if (value === null) {
      odd.push({ symbol, line: index + 1 });
      continue;
    }
    symbols.set(symbol, value);
    const seen = assignments.get(symbol);
    if (seen) seen.push(index + 1);
    else assignments.set(symbol, [index + 1]);
  }
  if (symbols.size === 0) throw fault('has no line CONFIG_NAME=value');
  const lines = new Map([...assignments].map(([symbol, numbers]) => [symbol, numbers.at(-1)!]));
  const isPartial = !isWritten && version === null && !ALWAYS_THERE.some((symbol) => symbols.has(symbol));
  const problems = [...duplicates(assignments), ...oddValues(odd)];
  return { version, text, isPartial, symbols, lines, problems };
}

/** Whether a bool or tristate has the value; a symbol that is not mentioned is `n`. */
export function isSetTo(config: KernelConfig, symbol: string, wanted: Tristate): boolean {
  const value = config.symbols.get(symbol);
  return value === undefined ? wanted === 'n' : value.type === 'tristate' && value.value === wanted;
}

/** Whether a config that is not whole leaves the symbol out, which then may have any value. */
export const isUnstated = ({ isPartial, symbols }: KernelConfig, symbol: string): boolean =>
  isPartial && !symbols.has(symbol);

/** Whether a symbol that must be `y` is not, as far as the config tells. */
export const isLacking = (config: KernelConfig, symbol: string): boolean =>
  !isSetTo(config, symbol, 'y') && !isUnstated(config, symbol);

/** Whether the config says no, rather than nothing. */
export const isTurnedOff = (config: KernelConfig, symbol: string): boolean =>
  config.symbols.has(symbol) && isSetTo(config, symbol, 'n');

/** The symbol's number; `null` if it is absent or something else. */
export function numberOf(config: KernelConfig, symbol: string): bigint | null {
  const value = config.symbols.get(symbol);
  return value?.type === 'number' ? value.value : null;
}

/** The symbol as a `.config` shows it: `CONFIG_SERIO=y`, `CONFIG_SERIO is not set`, `CONFIG_SERIO is absent`. */
export function describeSymbol(config: KernelConfig, symbol: string): string {
  const value = config.symbols.get(symbol);
  if (value === undefined) return `CONFIG_${symbol} is absent`;
  if (value.type === 'string') return `CONFIG_${symbol}="${value.value.replace(/["\\]/g, '\\$&')}"`;
  if (value.type === 'number') return `CONFIG_${symbol}=${value.text}`;
  return value.value === 'n' ? `CONFIG_${symbol} is not set` : `CONFIG_${symbol}=${value.value}`;
}
