// Writes src/checks/kernel/kconfig/table.ts: what governs the kconfig symbols that the rules want on or off.
// usage: node scripts/derive-kconfig-links.mjs [SOURCE] [--output FILE]
// SOURCE is a Linux source tree, or a tarball of one; without it the newest /usr/src/linux-source-*.tar.xz is taken.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { allOf, anyOf, parseExpression, readKconfig, withoutUnknown } from './kconfig-tree.mjs';

const OUTPUT = path.join(import.meta.dirname, '../src/checks/kernel/kconfig/table.ts');

const words = (text) => text.trim().split(/\s+/);

/** Symbols of the Jailhouse patch queues, which mainline does not have, by the menus that they stand in. */
const QUEUES = {
  IVSHMEM_NET: { type: 'tristate', depends: 'NETDEVICES && NET && PCI' },
  JAILHOUSE_DBGCON: { type: 'bool', depends: 'TTY' },
  UIO_IVSHMEM: { type: 'tristate', depends: 'UIO && PCI' },
  VIRTIO_IVSHMEM: { type: 'tristate', depends: 'PCI', selects: ['VIRTIO'] },
};

/** Console drivers and initrds are the same question everywhere. */
const ON = words(`
  BINFMT_ELF BINFMT_SCRIPT BLK_DEV_INITRD DEVTMPFS DEVTMPFS_MOUNT EXPERT IKCONFIG IKCONFIG_PROC INIT_ENV_ARG_LIMIT NET NR_CPUS PCI
  PCI_HOST_GENERIC PCI_MSI PRINTK
  RD_BZIP2 RD_GZIP RD_LZ4 RD_LZMA RD_LZO RD_XZ RD_ZSTD SERIAL_8250 SERIAL_8250_CONSOLE SERIAL_8250_NR_UARTS
  SERIAL_8250_RUNTIME_UARTS SERIAL_EARLYCON SHMEM SMP TMPFS TTY UIO UNIX VIRTIO_BLK VIRTIO_CONSOLE VIRTIO_NET
  ${Object.keys(QUEUES).join(' ')}`);

const ON_ARM = words(`
  ARM_GIC ARM_GIC_V3 ARM_PSCI ARM_PSCI_FW CMDLINE_FROM_BOOTLOADER OF SERIAL_8250_BCM2835AUX SERIAL_8250_DW
  SERIAL_8250_OMAP SERIAL_AMBA_PL011 SERIAL_AMBA_PL011_CONSOLE SERIAL_FSL_LPUART SERIAL_FSL_LPUART_CONSOLE SERIAL_IMX
  SERIAL_IMX_CONSOLE SERIAL_MVEBU_CONSOLE SERIAL_MVEBU_UART SERIAL_OF_PLATFORM SERIAL_SH_SCI SERIAL_SH_SCI_CONSOLE
  SERIAL_XILINX_PS_UART SERIAL_XILINX_PS_UART_CONSOLE USE_OF`);

/** What costs memory, or looks for hardware that a cell does not have. */
const OFF = words(`
  ATA BT CPU_FREQ DRM FB HID HIBERNATION HWMON I2C INPUT MEDIA_SUPPORT NFS_FS PARPORT PCCARD PCMCIA SCSI SOUND SUSPEND THERMAL USB
  USB_SUPPORT VT WATCHDOG WIRELESS WLAN`);

const OFF_X86 = words(`
  ACPI AGP BLK_DEV_FD CMDLINE_OVERRIDE CPU_IDLE DMI EFI EXAR_WDT GPIO_F7188X GPIO_IT87 GPIO_SCH311X GPIO_WINBOND HPET HPET_TIMER HW_RANDOM
  IRQ_REMAP ISA_DMA_API KVM MICROCODE NVRAM PARPORT_PC PARPORT_PC_SUPERIO PC87413_WDT PC8736x_GPIO PCSPKR_PLATFORM PM_TRACE_RTC
  PNP RANDOMIZE_BASE RTC_CLASS RTC_DRV_CMOS SENSORS_DME1737 SENSORS_F71805F SENSORS_F71882FG SENSORS_IT87
  SENSORS_NCT6683 SENSORS_NCT6775 SENSORS_PC87360 SENSORS_PC87427 SENSORS_SCH5627 SENSORS_SCH5636
  SENSORS_SMSC47B397 SENSORS_SMSC47M1 SENSORS_VT1211 SENSORS_W83627EHF SENSORS_W83627HF SERIAL_8250_FINTEK SERIO
  SERIO_I8042 VGA_CONSOLE X86_MCE XEN F71808E_WDT IT8712F_WDT IT87_WDT SMSC_SCH311X_WDT SMSC37B787_WDT W83627HF_WDT
  W83877F_WDT`);

/** Of the symbols that select one without a prompt, the one that a cell has hardware for. */
const THROUGH = { VIRTIO: 'VIRTIO_IVSHMEM' };

/** By the name that the program has for the architecture: its names in kconfig, and the symbols of its rules. */
const ARCHITECTURES = {
  x86: {
    environment: { ARCH: 'x86_64', SRCARCH: 'x86' },
    on: [
      ...ON,
      ...words(`64BIT EARLY_PRINTK HYPERVISOR_GUEST JAILHOUSE_GUEST MTRR PARAVIRT PCI_MMCONFIG PHYSICAL_ALIGN
        PHYSICAL_START RELOCATABLE X86_64 X86_PAT X86_X2APIC`),
    ],
    off: [...OFF, ...OFF_X86],
    through: { ...THROUGH, SERIAL_EARLYCON: 'SERIAL_8250_CONSOLE' },
  },
  arm64: {
    environment: { ARCH: 'arm64', SRCARCH: 'arm64' },
    on: [...ON, ...ON_ARM, 'ARM64'],
    off: [...OFF, 'CMDLINE_FORCE', 'RANDOMIZE_BASE'],
    through: THROUGH,
  },
  arm: {
    environment: { ARCH: 'arm', SRCARCH: 'arm' },
    on: [...ON, ...ON_ARM, 'AUTO_ZRELADDR'],
    off: [...OFF, 'ARM_APPENDED_DTB', 'CMDLINE_EXTEND', 'CMDLINE_FORCE'],
    through: THROUGH,
  },
};

function addQueues(symbols) {
  for (const [name, { type, depends, selects = [] }] of Object.entries(QUEUES)) {
    const selected = selects.map((target) => ({ target, condition: 'y' }));
    const definition = {
      depends: parseExpression(depends),
      prompts: ['y'],
      defaults: [],
      selects: selected,
      choice: null,
    };
    symbols.set(name, { name, type, definitions: [definition] });
  }
  return symbols;
}

/** The symbols of an expression, and whether one that is off would help to make it true. */
function* atoms(expression, off = false) {
  if (typeof expression === 'string') {
    if (!/^[ymn]$/.test(expression)) yield { name: expression, off };
    return;
  }
  const [kind, ...parts] = expression;
  if (kind === 'equal' || kind === 'unequal') {
    const wantsOff = (kind === 'equal') === (parts[1] === 'n');
    yield { name: parts[0], off: wantsOff !== off };
    return;
  }
  for (const part of parts) yield* atoms(part, kind === 'not' ? !off : off);
}

function linksOf(symbols, { on, off, through }) {
  const isKnown = (name) => (symbols.get(name)?.definitions.length ?? 0) > 0;
  const known = (expression) => withoutUnknown(expression, isKnown);
  const selectors = new Map();
  const members = new Map();
  for (const { name, definitions } of symbols.values()) {
    for (const { selects, depends, choice } of definitions) {
      if (known(depends) === 'n') continue;
      if (choice) members.set(choice.id, [...(members.get(choice.id) ?? []), name]);
      for (const { target, condition } of selects) {
        const of = selectors.get(target) ?? new Map();
        // A symbol that is defined twice selects only where that definition's own dependencies hold.
        const when = definitions.length > 1 ? allOf(condition, depends) : condition;
        of.set(name, anyOf(of.get(name) ?? 'n', known(when)));
        selectors.set(target, of);
      }
    }
  }
  const selectorsOf = (name) => [...(selectors.get(name) ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1));

  const table = new Map();
  const wanted = [...on.map((name) => ({ name, off: false })), ...off.map((name) => ({ name, off: true }))];
  const seen = new Set();
  while (wanted.length > 0) {
    const want = wanted.shift();
    const symbol = symbols.get(want.name);
    const key = `${want.name} ${want.off}`;
    if (seen.has(key) || symbol === undefined || symbol.definitions.length === 0) continue;
    seen.add(key);
    const { definitions } = symbol;
    const depends = known(anyOf(...definitions.map((each) => each.depends)));
    const prompt = known(
      anyOf(
        ...definitions.flatMap(({ prompts, depends }) =>
          prompts.map((shown) => (definitions.length > 1 ? allOf(shown, depends) : shown)),
        ),
      ),
    );
    const link = table.get(want.name) ?? { type: symbol.type };
    table.set(want.name, link);
    if (prompt !== 'y') link.prompt = prompt;
    const choice = definitions.find((each) => each.choice)?.choice;
    if (choice) link.choice = members.get(choice.id).filter((name) => name !== want.name);
    if (prompt === 'n') {
      link.defaults = definitions.flatMap(({ defaults, depends }) =>
        defaults
          .map(({ value, condition }) => known(allOf(parseExpression(value), condition, depends)))
          .filter((when) => when !== 'n'),
      );
      if (link.defaults.length === 0) delete link.defaults;
    }
    const selecting = selectorsOf(want.name).filter(
      ([name]) => want.off || name === (through[want.name] ?? name),
    );
    // What a promptless symbol can be turned on with, if there is but one.
    const follows = want.off || (prompt === 'n' && selecting.length === 1);
    if (follows && selecting.length > 0) {
      link.selectedBy = Object.fromEntries(selecting);
      for (const [name] of selecting) wanted.push({ name, off: want.off });
    }
    if (prompt !== 'y') wanted.push(...atoms(prompt));
    if (prompt === 'n') {
      for (const when of link.defaults ?? []) wanted.push(...atoms(when, want.off));
    }
    if (want.off) continue;
    if (depends !== 'y') link.depends = depends;
    wanted.push(...atoms(depends));
  }
  return Object.fromEntries([...table].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The Kconfig files of a tarball, in a temporary folder. */
function unpack(tarball) {
  const folder = mkdtempSync(path.join(tmpdir(), 'kconfig-'));
  execFileSync('tar', [
    '-C',
    folder,
    '--strip-components=1',
    '--wildcards',
    '-xf',
    tarball,
    '*/Kconfig',
    '*/Kconfig.*',
    '*/Kconfig-*',
    '*/Makefile',
  ]);
  return folder;
}

function newestSource() {
  const names = existsSync('/usr/src') ? readdirSync('/usr/src') : [];
  const sources = names.filter((name) => /^linux-source-.*\.tar\.xz$/.test(name));
  const newest = sources.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
  if (newest) return path.join('/usr/src', newest);
  console.error(
    'derive-kconfig-links: no /usr/src/linux-source-*.tar.xz; on Debian: apt-get install linux-source',
  );
  process.exit(1);
}

function versionOf(root) {
  const makefile = readFileSync(path.join(root, 'Makefile'), 'utf8');
  const [version, patchlevel] = ['VERSION', 'PATCHLEVEL'].map(
    (name) => new RegExp(`^${name} = (\\d+)$`, 'm').exec(makefile)[1],
  );
  return `${version}.${patchlevel}`;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { output: { type: 'string', default: OUTPUT } },
});
const source = positionals[0] ?? newestSource();
const isTree = statSync(source).isDirectory();
const root = isTree ? source : unpack(source);
const tables = Object.entries(ARCHITECTURES).map(([architecture, { environment, ...wanted }]) => [
  architecture,
  linksOf(addQueues(readKconfig(root, environment)), wanted),
]);
const version = versionOf(root);
if (!isTree) rmSync(root, { recursive: true });

const quoted = (text) => `'${text}'`;
const keyText = (name) => (/^[A-Za-z_]\w*$/.test(name) ? name : quoted(name));

/** A value as TypeScript on one line. */
function literal(value) {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  const fields = Object.entries(value).map(([name, each]) => `${keyText(name)}: ${literal(each)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

/** An architecture's symbols, each on a line of its own. */
const tableText = ([architecture, links]) => `  ${architecture}: {
${Object.entries(links)
  .map(([symbol, link]) => `    ${keyText(symbol)}: ${literal(link)},\n`)
  .join('')}  },
`;

const text = `// Written by scripts/derive-kconfig-links.mjs from the Kconfig files of Linux ${version}; do not edit.
import type { Architecture } from '../../../base/choices.ts';
import type { KconfigLinks } from './link.ts';

/** The kernel version that the table was derived from. */
export const KCONFIG_LINKS_VERSION = '${version}';

// prettier-ignore
export const KCONFIG_LINKS: Readonly<Record<Architecture, KconfigLinks>> = {
${tables.map(tableText).join('')}};
`;
writeFileSync(values.output, text);
