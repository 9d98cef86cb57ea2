import type { DriverNeed } from '../../../placement/architecture.ts';
import type { KernelFacts } from '../evidence.ts';
import { dependsOnPci } from '../root.ts';
import type { Breach } from '../rule.ts';
import { lackSymbols } from './symbols.ts';
import { describeSymbol, isLacking, isSetTo, type KernelConfig } from '../../../formats/kernel/kconfig.ts';

const PSCI_SYMBOLS = ['ARM_PSCI', 'ARM_PSCI_FW'];

/** 32-bit kernels have a symbol of their own for it. */
export function judgePsci({ config, architecture }: KernelFacts): Breach | null {
  if (!config || !PSCI_SYMBOLS.every((symbol) => isLacking(config, symbol))) return null;
  return {
    message: 'the kernel has no support for PSCI',
    requested: PSCI_SYMBOLS.map((symbol) => `CONFIG_${symbol}=y`).join(' or '),
    actual: PSCI_SYMBOLS.map((symbol) => describeSymbol(config, symbol)).join(', '),
    about: 'config',
    fixSymbols: [{ symbol: architecture === 'arm' ? 'ARM_PSCI' : 'ARM_PSCI_FW', value: 'y' }],
  };
}

const missingOf = (config: KernelConfig, { symbols, modular }: DriverNeed): string[] =>
  symbols.filter((symbol) => isLacking(config, symbol) && !(modular && isSetTo(config, symbol, 'm')));

/** What the cell's devices need; all that is missing is one breach. */
export function judgeDrivers(facts: KernelFacts): Breach | null {
  const { config, cell } = facts;
  if (!config || !cell) return null;
  const lacking = cell.drivers
    .map((need) => ({ ...need, symbols: missingOf(config, need) }))
    .filter(({ symbols }) => symbols.length > 0);
  if (lacking.length === 0) return null;
  const wanted = lacking.flatMap(({ symbols }) => symbols);
  return {
    message: lacking
      .map(({ device, symbols }) => `${device} needs ${symbols.map((each) => `CONFIG_${each}`).join(', ')}`)
      .join('; '),
    ...lackSymbols(config, wanted),
    ...(lacking.some(({ neededBy }) => neededBy === 'boot') || dependsOnPci(facts)
      ? {}
      : { severity: 'warning' as const }),
  };
}
