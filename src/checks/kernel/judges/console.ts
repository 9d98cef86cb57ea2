import { hex } from '../../../base/address.ts';
import { isIvshmem, nameFlags, nameProtocol } from '../../../formats/cell/names.ts';
import { namesOf } from '../../../formats/cell/variants.ts';
import { earlyConsoles, isOnlyOnArm, namedConsoles } from '../../../formats/kernel/consoles.ts';
import { isLacking, isSetTo } from '../../../formats/kernel/kconfig.ts';
import type { KernelFacts } from '../evidence.ts';
import type { Breach } from '../rule.ts';
import { seemsToMean } from './misspelt.ts';
import { lackSymbols } from './symbols.ts';

export function judgeWriteOnlyConsole({ cmdline }: KernelFacts): Breach | null {
  const consoles = cmdline ? namedConsoles(cmdline) : [];
  if (consoles.length === 0 || consoles.some(({ device }) => device !== 'jailhouse')) return null;
  return {
    message: `console=${consoles.at(-1)!.text} is the only console`,
    requested: 'a second console that can be read, or an init that needs none',
    actual: consoles.map(({ text }) => `console=${text}`).join(' '),
    about: 'cmdline',
  };
}

/** The bit that lets a cell write to the hypervisor's console, by its names in time. */
const CONSOLE_FLAGS = ['debug_console', 'virtual_console_permitted'];

export function judgeHypervisorConsole({ cell, cmdline }: KernelFacts): Breach | null {
  if (!cell || !cmdline) return null;
  const words = [
    ...namedConsoles(cmdline)
      .filter(({ device }) => device === 'jailhouse')
      .map(({ text }) => `console=${text}`),
    ...earlyConsoles(cmdline).flatMap(({ text, base }) => (base === null ? [text] : [])),
  ];
  if (words.length === 0) return null;
  const { cellFlags } = namesOf(cell.config);
  const wanted = CONSOLE_FLAGS.find((name) => name in cellFlags)!;
  const { names } = nameFlags(cellFlags, cell.config.header.flags);
  if (names.includes(wanted)) return null;
  const flag = `JAILHOUSE_CELL_${wanted.toUpperCase()}`;
  return {
    message: `${words.join(' and ')} use${words.length === 1 ? 's' : ''} the hypervisor's console, which the cell is not permitted to write to`,
    requested: flag,
    actual: names.length === 0 ? 'no flags' : names.map((name) => name.toUpperCase()).join(' | '),
    about: 'cell',
    fix: `set ${flag} in .flags of the cell config, or name another console`,
  };
}

const VIRTIO_CONSOLE = 'virtio_front:console';
const VIRTIO_SYMBOLS = ['VIRTIO_IVSHMEM', 'VIRTIO_CONSOLE'];

export function judgeVirtioConsole({ cell, cmdline, config }: KernelFacts): Breach | null {
  const console = cmdline && namedConsoles(cmdline).find(({ device }) => device === 'hvc');
  // hvc0 may also be the debugger's channel on arm.
  if (!cell || !console || (config && isSetTo(config, 'HVC_DCC', 'y'))) return null;
  const { pciDevices } = cell.config;
  const { shmemProtocols } = namesOf(cell.config);
  const protocols = pciDevices
    .filter(isIvshmem)
    .map(({ shmem_protocol: protocol }) => nameProtocol(shmemProtocols, protocol) ?? hex(protocol));
  if (!protocols.includes(VIRTIO_CONSOLE)) {
    const actual = protocols.length === 0 ? 'none' : protocols.join(', ');
    return {
      message: `console=${console.text} needs a virtio console, and the cell has ${protocols.length === 0 ? 'no ivshmem device' : `ivshmem devices for ${actual}`}`,
      requested:
        'an ivshmem device with .shmem_protocol JAILHOUSE_SHMEM_PROTO_VIRTIO_FRONT + VIRTIO_DEV_CONSOLE',
      actual,
      about: 'cell',
    };
  }
  const lacking = config ? VIRTIO_SYMBOLS.filter((symbol) => isLacking(config, symbol)) : [];
  if (!config || lacking.length === 0) return null;
  return {
    message: `the driver of console=${console.text} is not in the kernel`,
    ...lackSymbols(config, lacking),
    fix: `set ${lacking.map((symbol) => `CONFIG_${symbol}=y`).join(' and ')} (CONFIG_VIRTIO_IVSHMEM is only in Siemens' kernels)`,
  };
}

/** A console that no x86 kernel has; Linux opens none of its own choice then. */
export function judgeConsoleName({ cmdline }: KernelFacts): Breach | null {
  const consoles = cmdline ? namedConsoles(cmdline) : [];
  const foreign = consoles.filter(isOnlyOnArm);
  if (foreign.length === 0) return null;
  const words = foreign.map(({ text }) => `console=${text}`).join(' ');
  return {
    message: `${words} is a UART of Arm chips, which no x86 kernel has`,
    requested: 'console=ttyS0, or another UART of the cell',
    actual: words,
    about: 'cmdline',
    ...(foreign.length < consoles.length ? { severity: 'warning' } : {}),
  };
}

/** On arm, the device tree may name a console, too. */
export function judgeNoConsole({ cmdline, architecture, cell }: KernelFacts): Breach | null {
  if (!cmdline || namedConsoles(cmdline).length > 0) return null;
  const isX86 = architecture === 'x86';
  if (!isX86 && cell?.hasStdout !== false) return null;
  const example = isX86 ? 'console=ttyS0,115200' : 'console=ttyAMA0,115200';
  return {
    message: `there is no console= on the cmdline${isX86 ? '' : ', and no stdout-path in the device tree'}`,
    requested: `${example}, or none on purpose`,
    actual: 'no console=',
    about: 'cmdline',
    fix: `name a console that the cell owns: ${example}`,
    // The word is there, misspelt.
    ...(seemsToMean(cmdline, 'console') ? { after: ['cmdline/near-miss'] as const } : {}),
  };
}
