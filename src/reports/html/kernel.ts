import { describeSize, hex } from '../../base/address.ts';
import { describeRange } from '../../base/ranges.ts';
import { builtInCmdline } from '../../checks/kernel/evidence.ts';
import { formatProtocol } from '../../formats/kernel/bzimage.ts';
import type { ExaminedKernel } from '../../formats/kernel/examine.ts';
import { describeSymbol } from '../../formats/kernel/kconfig.ts';
import { E820_RAM } from '../../placement/x86/e820.ts';
import { html, lines, type Child, type Markup } from './markup.ts';
import type { NamedCmdline, PageSubject } from './model.ts';
import { facts, more, table } from './tables.ts';

/** Symbols that decide how a kernel runs in a cell. */
const SYMBOLS: Readonly<Record<'x86' | 'arm64' | 'arm', readonly string[]>> = {
  x86: ['JAILHOUSE_GUEST', 'PCI', 'SERIAL_8250_CONSOLE', 'SERIO', 'RANDOMIZE_BASE', 'SMP', 'BLK_DEV_INITRD'],
  arm64: ['PCI_HOST_GENERIC', 'SERIAL_AMBA_PL011_CONSOLE', 'SERIAL_8250_CONSOLE', 'SMP', 'BLK_DEV_INITRD'],
  arm: ['PCI_HOST_GENERIC', 'SERIAL_AMBA_PL011_CONSOLE', 'SERIAL_8250_CONSOLE', 'SMP', 'BLK_DEV_INITRD'],
};

const isHere = (size: number): string => describeSize(BigInt(size));

function guestSupport({ architecture, contents }: ExaminedKernel): string | null {
  if (architecture !== 'x86' || contents === null) return null;
  return contents.jailhouseGuest ? 'yes' : 'none in the unpacked kernel';
}

function imageFacts({ kernel }: PageSubject): (readonly [string, Child])[] {
  if (kernel === null) return [];
  const { image, contents, packed, wrapping } = kernel;
  return [
    ['Version', contents?.banner ?? image.version ?? 'not known'],
    ['Format', `${image.format}${wrapping === null ? '' : `, in ${wrapping}`}`],
    ['Boot protocol', 'protocol' in image ? formatProtocol(image.protocol) : null],
    ['Packed with', packed?.compression ?? null],
    ['Unpacked', contents && isHere(contents.size)],
    ['Code for Jailhouse guests', guestSupport(kernel)],
  ];
}

function configFacts({ judged, planned }: PageSubject): (readonly [string, Child])[] {
  if (judged === null) return [['Config', 'not known: the rules that need it were not checked']];
  const { config, architecture } = judged;
  if (config === null) return [['Config', 'none: the rules that need it were not checked']];
  const from = { file: 'from its file', embedded: 'built into the image' };
  const source = planned?.configSource ? `, ${from[planned.configSource]}` : '';
  return [
    [
      'Config',
      `${config.symbols.size} symbols${config.version === null ? '' : `, of Linux ${config.version}`}${source}`,
    ],
    ...SYMBOLS[architecture].map(
      (symbol) =>
        [`CONFIG_${symbol}`, describeSymbol(config, symbol).replace(/^CONFIG_\w+[= ]/, '')] as const,
    ),
  ];
}

function initrdFacts({ initrd }: PageSubject): (readonly [string, Child])[] {
  if (initrd === null) return [];
  if (initrd === 'none') return [['Initrd', 'none']];
  const packings = [...new Set(initrd.parts.map(({ compression }) => compression))].join(', ');
  return [
    ['Initrd', `${isHere(initrd.size)}${packings === '' ? '' : `, ${packings}`}`],
    ['Has a program init', initrd.hasInit === null ? 'not known' : initrd.hasInit ? 'yes' : 'no'],
  ];
}

/** The kernel, its config and its initrd; nothing of a cell without them. */
export const kernelSection = (subject: PageSubject): Markup =>
  html`${facts(imageFacts(subject))}${facts(configFacts(subject))}${facts(initrdFacts(subject))}`;

/** What `jailhouse cell load` loads. */
export function loadSection({ planned, bundle }: PageSubject): Markup {
  if (planned === null) return html``;
  const { load, entry, details } = planned.plan;
  const ram = details.e820?.filter(({ type }) => type === E820_RAM) ?? [];
  const given = [...ram, ...(details.memory ?? [])].map(({ address, size }) =>
    describeRange({ start: BigInt(address), size: BigInt(size) }),
  );
  return html`${table(
    'What is loaded, in order',
    [{ head: 'What' }, { head: 'Address', isCode: true }, { head: 'Size', isNumber: true }],
    load.map((item) =>
      item.kind === 'string'
        ? [html`arguments <code>${item.text}</code>`, hex(item.address), '']
        : [
            item.role,
            item.address === null ? 'chosen by the tool' : hex(item.address),
            item.size === null ? 'not known' : describeSize(item.size),
          ],
    ),
  )}${facts([
    ['Kernel is entered at', html`<code>${hex(entry)}</code>`],
    ['Placement', planned.plan.placement],
    ['Memory that the kernel gets', given.length === 0 ? null : given.join(', ')],
  ])}${commands(bundle)}`;
}

/** What creates, loads and starts a cell on the target, or the cells of a machine. */
export const commands = (bundle: PageSubject['bundle']): Markup =>
  bundle === null
    ? html``
    : html`<p>On the target:</p>
        <pre>${lines(bundle.commands.join('\n'))}</pre>`;

/** A longer one is shown when it is asked for. */
const LONG = 1500;

function cmdlineText(text: string): Markup {
  if (text === '') return html`(empty)`;
  const code = html`<code class="cmdline">${text}</code>`;
  if (text.length <= LONG) return code;
  return more(`${text.split(/\s+/).length} words, ${text.length} characters`, code);
}

/** The command lines of a cell: what its kernel gets, what is built into it, and the root cell's. */
export const cmdlinesOf = ({ cmdline, judged, rootCmdline }: PageSubject): NamedCmdline[] => {
  const builtIn = builtInCmdline(judged?.config ?? null);
  return [
    ...(cmdline === null ? [] : [{ name: 'this cell', cmdline }]),
    ...(builtIn === null
      ? []
      : [
          {
            name: builtIn.overrides
              ? 'built into the kernel, which sees no other'
              : 'built in, in front of it',
            cmdline: builtIn.text,
          },
        ]),
    ...(rootCmdline === null ? [] : [{ name: 'root cell', cmdline: rootCmdline }]),
  ];
};

export const cmdlinesTable = (cmdlines: readonly NamedCmdline[]): Markup =>
  table(
    'Kernel command lines; values of passwords, secrets, tokens and keys are left out',
    [{ head: 'Whose' }, { head: 'Command line' }],
    cmdlines.map(({ name, cmdline }) => [name, cmdlineText(cmdline)]),
  );
