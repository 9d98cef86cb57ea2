import { type Cmdline } from '../../../formats/kernel/cmdline.ts';
import { namedConsoles, type NamedConsole } from '../../../formats/kernel/consoles.ts';
import type { KernelImage } from '../../../formats/kernel/recognise.ts';
import { numberOf } from '../../../formats/kernel/kconfig.ts';
import { isKnownParameter } from '../../../formats/kernel/parameter-names.ts';
import { plural } from '../../../base/text.ts';
import type { Architecture } from '../../../base/choices.ts';
import { PC_UARTS } from '../pc-uarts.ts';
import { builtInCmdline, type KernelFacts } from '../evidence.ts';
import type { Breach } from '../rule.ts';

const byteLength = (text: string): number => Buffer.byteLength(text, 'utf8');

const wordOf = ({ name, value }: Cmdline['parameters'][number]): string =>
  value === null ? name : `${name}=${value}`;

const about = (message: string, requested: string, actual: string): Breach => ({
  message,
  requested,
  actual,
  about: 'cmdline',
});

/** COMMAND_LINE_SIZE of each architecture, without the NUL. */
const MOST_BYTES: Readonly<Record<Architecture, number>> = { x86: 2047, arm64: 2047, arm: 1023 };

/** A header that does not say it is older than any guest's. */
const limitOf = (architecture: Architecture, image: KernelImage | null): number =>
  (image?.format === 'bzImage' && image.header.cmdline_size) || MOST_BYTES[architecture];

export function judgeLength(facts: KernelFacts): Breach | null {
  const { architecture, cmdline, image, config } = facts;
  if (!cmdline) return null;
  const length = byteLength(cmdline.text);
  const limit = limitOf(architecture, image);
  if (length <= limit) return null;
  const withBuiltIn = builtInCmdline(config) ? ', together with CONFIG_CMDLINE,' : '';
  return about(
    `the cmdline${withBuiltIn} has ${length} bytes, and the kernel reads ${limit}`,
    `at most ${limit} bytes`,
    `${length} bytes`,
  );
}

/** CONFIG_INIT_ENV_ARG_LIMIT where nobody changed it. */
const USUAL_LIMIT = 32;
/** init's environment begins with these two (init/main.c). */
const GIVEN_VARIABLES = ['HOME', 'TERM'];

export function judgeInitWords({ cmdline, config }: KernelFacts): Breach | null {
  if (!cmdline) return null;
  const limit = Number((config && numberOf(config, 'INIT_ENV_ARG_LIMIT')) ?? USUAL_LIMIT);
  const unknown = cmdline.parameters.filter(({ name }) => !isKnownParameter(name));
  const variables = new Set(unknown.flatMap(({ name, value }) => (value === null ? [] : [name])));
  for (const name of GIVEN_VARIABLES) variables.delete(name);
  const words = unknown.filter(({ value }) => value === null).map(({ name }) => name);
  // One place less: the table of variables has the two above in it.
  const most = limit - 1;
  const [found, allowed, what] =
    variables.size > most ? [[...variables], most, 'x=y words'] : [words, limit, 'plain words'];
  if (found.length <= allowed) return null;
  const some = found.slice(0, 3).join(', ');
  return {
    ...about(
      `the cmdline has ${found.length} ${what} that Linux does not document (${some}, ...) and passes to init, which takes ${allowed}`,
      `at most ${allowed}`,
      `${found.length}`,
    ),
    // Some parameters are not documented.
    ...(found.length === allowed + 1 ? { severity: 'warning' as const } : {}),
  };
}

/** Which of the words are on the command line. */
const among = (words: readonly string[], cmdline: Cmdline | null): string[] =>
  cmdline ? cmdline.parameters.map(wordOf).filter((word) => words.includes(word)) : [];

export function judgeAcpiForce({ cmdline }: KernelFacts): Breach | null {
  if (among(['acpi=force'], cmdline).length === 0) return null;
  return about('the cmdline has acpi=force', 'no acpi=force', 'acpi=force');
}

export function judgeApicOff({ cmdline }: KernelFacts): Breach | null {
  const found = among(['noapic', 'nolapic', 'disableapic'], cmdline);
  if (found.length === 0) return null;
  return about(
    `the cmdline has ${found.join(' and ')}`,
    'none of noapic, nolapic, disableapic',
    found.join(' '),
  );
}

export function judgePciOff({ cmdline, cell }: KernelFacts): Breach | null {
  const count = cell?.config.pciDevices.length ?? 0;
  if (count === 0 || among(['pci=off'], cmdline).length === 0) return null;
  const devices = count === 1 ? 'a PCI device' : `${count} PCI devices`;
  return about(`the cmdline has pci=off, and the cell ${devices}`, 'no pci=off', 'pci=off');
}

/** Options of `jailhouse cell linux`. */
const TOOL_OPTIONS = new Set(
  '-h -i -d -c -w -a -k --help --initrd --dtb --cmdline --write-params --arch --kernel-decomp-factor'.split(
    ' ',
  ),
);

export function judgeToolOption({ cmdline }: KernelFacts): Breach | null {
  const found = cmdline ? cmdline.parameters.filter(({ name }) => TOOL_OPTIONS.has(name)).map(wordOf) : [];
  if (found.length === 0) return null;
  return about(
    `the cmdline has ${found.join(' ')} in it, an option of \`jailhouse cell linux\``,
    'parameters of the kernel',
    found.join(' '),
  );
}

const nameOf = ({ device, line }: NamedConsole): string => `${device}${line}`;

export function judgeDuplicateConsole({ cmdline }: KernelFacts): Breach | null {
  const consoles = cmdline ? namedConsoles(cmdline).filter(({ device }) => device !== 'uart') : [];
  const twice = consoles.find((one, index) =>
    consoles.slice(0, index).some((other) => nameOf(other) === nameOf(one)),
  );
  if (twice === undefined) return null;
  const all = consoles.filter((one) => nameOf(one) === nameOf(twice)).map(({ text }) => `console=${text}`);
  return about(
    `the cmdline names one console ${all.length} times (${all.join(' ')})`,
    all[0]!,
    all.join(' '),
  );
}

/** Up to here a PC's UART goes: its clock is 1.8432 MHz, and it divides by 16. */
const PC_LIMIT = 115200;
/** What programs ask a serial port for (include/uapi/asm-generic/termbits.h), but for 1152000: a slip of the pen. */
const RATES = new Set([
  50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400,
  460800, 500000, 576000, 921600, 1000000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000,
]);
const SERIAL_DEVICE = /^tty(?!\d*$)/;

function rateOf({ device, options }: NamedConsole): number | null {
  const rest = device === 'uart' ? (options ?? '').replace(/^\w+,0x[0-9a-f]+,?/i, '') : (options ?? '');
  const digits = device === 'uart' || SERIAL_DEVICE.test(device) ? /^\d+/.exec(rest) : null;
  return digits && Number(digits[0]);
}

export function judgeBaud({ cmdline, architecture }: KernelFacts): Breach | null {
  for (const console of cmdline ? namedConsoles(cmdline) : []) {
    const rate = rateOf(console);
    if (rate === null) continue;
    const isPcUart = architecture === 'x86' && console.device === 'ttyS' && console.line < PC_UARTS.length;
    if (RATES.has(rate) && (!isPcUart || rate <= PC_LIMIT)) continue;
    return about(
      `console=${console.text} asks for ${rate} baud`,
      `a usual rate: 9600, 115200${isPcUart ? `; a PC's UART has up to ${PC_LIMIT}` : ''}`,
      `${rate}`,
    );
  }
  return null;
}

export function judgeQuotes({ cmdline }: KernelFacts): Breach | null {
  const count = cmdline ? cmdline.text.split('"').length - 1 : 0;
  if (count % 2 === 0) return null;
  const last = cmdline!.text.lastIndexOf('"');
  return about(
    'a double quote on the cmdline is never closed, so that all that follows is one word',
    'quotes in pairs',
    `${plural(count, 'quote')}, the last before '${cmdline!.text.slice(last + 1, last + 21)}'`,
  );
}

/** Looks like a quote, a dash or a blank of ASCII, or like nothing. */
const LOOKALIKE = /[\p{Cc}\p{Cf}\p{Zs}\p{Zl}\p{Zp}\u2010-\u2015\u2018-\u201f\u2212]/u;
const PRINTABLE = /[\t -~]/;

/** Letters in a value do no harm; what Linux takes for a blank or leaves in a name does. */
export function judgeNonAscii({ cmdline }: KernelFacts): Breach | null {
  if (!cmdline) return null;
  const characters = [...cmdline.text].filter((character) => !PRINTABLE.test(character));
  const found =
    characters.find((character) => LOOKALIKE.test(character)) ??
    characters.find((character) => cmdline.parameters.some(({ name }) => name.includes(character))) ??
    // A word was split inside of the character.
    (cmdline.parameters.some((parameter) => wordOf(parameter).includes('\ufffd'))
      ? characters.find((character) => Buffer.from(character).includes(0xa0))
      : undefined);
  if (found === undefined) return null;
  const code = `U+${found.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
  return about(
    `the cmdline has the character ${JSON.stringify(found)} (${code}) at position ${cmdline.text.indexOf(found) + 1}`,
    'ASCII',
    code,
  );
}
