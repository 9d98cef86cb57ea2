import { ARCHITECTURES } from '../../../base/choices.ts';
import {
  judgeAcpiForce,
  judgeApicOff,
  judgeBaud,
  judgeDuplicateConsole,
  judgeInitWords,
  judgeLength,
  judgeNonAscii,
  judgePciOff,
  judgeQuotes,
  judgeToolOption,
} from '../judges/cmdline.ts';
import { judgeNearMiss } from '../judges/misspelt.ts';
import type { EvidenceKind, Rule, Wanted } from '../rule.ts';

const ALL = { architecture: ARCHITECTURES } as const;
const X86 = { architecture: ['x86'] } as const;
const PARAMETERS = 'Linux, Documentation/admin-guide/kernel-parameters.txt';
const ERROR = { strict: 'error', mainline: 'error' } as const;
const WARNING = { strict: 'warning', mainline: 'warning' } as const;

type Judge = Extract<Wanted, { judge: unknown }>['judge'];

const judged = (words: string, judge: Judge, ...more: EvidenceKind[]): Wanted => ({
  symbols: [],
  words,
  needs: ['cmdline', ...more],
  judge,
});

/** What is odd about a command line, by itself or in its cell. */
export const CMDLINE_RULES: readonly Rule[] = [
  {
    id: 'cmdline/length',
    after: ['placement/cmdline'],
    reason: 'the kernel silently cuts off the rest',
    when: ALL,
    wanted: judged(
      'no more bytes than `cmdline_size` in the kernel’s header (arm64: 2047, arm: 1023)',
      judgeLength,
    ),
    severity: ERROR,
    symptom: 'the last options have no effect',
    fix: 'shorten the cmdline',
    source:
      'cmdline_size in Linux, Documentation/arch/x86/boot.rst; COMMAND_LINE_SIZE of each architecture; a cmdline of 7892 bytes boots Linux 6.1, cut at 2047',
  },
  {
    id: 'cmdline/init-words',
    reason: 'with more than that Linux does not start init',
    when: ALL,
    wanted: {
      symbols: ['INIT_ENV_ARG_LIMIT'],
      words:
        'no more words for init than `CONFIG_INIT_ENV_ARG_LIMIT` (32) allows, see below; a warning for one too many',
      needs: ['cmdline'],
      judge: judgeInitWords,
    },
    severity: ERROR,
    symptom: 'Kernel panic: Too many boot env vars (or init vars), before the console is up',
    fix: 'remove words that are not needed, or give a module’s options as module.option=value',
    source: 'Linux, init/main.c and CONFIG_INIT_ENV_ARG_LIMIT in init/Kconfig',
  },
  {
    id: 'cmdline/near-miss',
    reason: 'such a word has no effect, but reaches init',
    when: ALL,
    wanted: judged(
      'no word that Linux does not know and that one letter makes a common parameter',
      judgeNearMiss,
    ),
    severity: WARNING,
    symptom: 'Unknown kernel command line parameters, will be passed to user space',
    fix: 'write the parameter as Linux does',
    source: PARAMETERS,
  },
  {
    id: 'cmdline/baud',
    reason: 'if the UART does not have the rate, another one is used',
    when: ALL,
    wanted: judged('a usual rate; for the UARTs of a PC up to 115200', judgeBaud),
    severity: WARNING,
    symptom: 'unreadable characters, or none',
    fix: 'write the rate that both ends are set to, such as 115200',
    source:
      'Linux, drivers/tty/serial/serial_core.c; 1152000 is an error in early versions of Jailhouse’s document',
  },
  {
    id: 'cmdline/duplicate-console',
    reason: 'only one of them counts, and which one depends on the kernel',
    when: ALL,
    wanted: judged('each console named once', judgeDuplicateConsole),
    severity: WARNING,
    symptom: 'the console has other options than the last word says',
    fix: 'name each console once',
    source: 'Linux, kernel/printk/printk.c',
  },
  {
    id: 'cmdline/acpi-force',
    reason: 'a cell has no ACPI tables, but this option makes Linux search for them',
    when: X86,
    wanted: judged('no `acpi=force`', judgeAcpiForce),
    severity: WARNING,
    symptom: 'errors of ACPI in the log, and devices of the cell that are not found',
    fix: 'remove acpi=force',
    source: `${PARAMETERS}; Linux, arch/x86/kernel/jailhouse.c switches ACPI off`,
  },
  {
    id: 'cmdline/apic-off',
    reason: 'a cell has no other interrupt controller and no other timer than the APICs',
    when: X86,
    wanted: judged('no `noapic`, `nolapic`, `disableapic`', judgeApicOff),
    severity: ERROR,
    symptom: 'a hang early in the boot, or a timer that does not work',
    fix: 'remove it',
    source: `${PARAMETERS}; Linux, arch/x86/kernel/jailhouse.c; Linux 6.1 dies with noapic, and with nolapic`,
  },
  {
    id: 'cmdline/pci-off',
    reason: 'Linux does not look for PCI devices then, and ivshmem devices are PCI devices',
    when: X86,
    wanted: judged('no `pci=off` if the cell has PCI devices', judgePciOff, 'cell'),
    severity: WARNING,
    symptom: 'no PCI device, and no shared memory',
    fix: 'remove pci=off',
    source: PARAMETERS,
  },
  {
    id: 'cmdline/tool-option',
    reason: 'Linux has no such parameter, and passes the word to init',
    when: ALL,
    wanted: judged('no option of `jailhouse cell linux` (`-k`, `--initrd` ...)', judgeToolOption),
    severity: WARNING,
    symptom: 'the option has no effect',
    fix: 'remove it from the kernel’s command line; the manifest has a key for it',
    source: 'Jailhouse, tools/jailhouse-cell-linux',
  },
  {
    id: 'cmdline/quotes',
    reason: 'in Linux, blanks between quotes are part of the word',
    when: ALL,
    wanted: judged('double quotes in pairs', judgeQuotes),
    severity: WARNING,
    symptom: 'the options after the quote have no effect',
    fix: 'close the quote, or remove it',
    source: 'Linux, lib/cmdline.c',
  },
  {
    id: 'cmdline/non-ascii',
    reason: 'Linux reads bytes, and takes one of them (a0) for a blank',
    when: ALL,
    wanted: judged(
      'no blanks, quotes and dashes that are not ASCII’s, and no other such character where Linux takes it for a blank or for a part of a name',
      judgeNonAscii,
    ),
    severity: WARNING,
    symptom: 'an option that looks right has no effect',
    fix: 'write it in ASCII: no typographic quotes or dashes',
    source: 'Linux, lib/ctype.c and lib/cmdline.c',
  },
];
