import { describeSymbol, type KernelConfig } from '../../../formats/kernel/kconfig.ts';
import type { Breach } from '../rule.ts';

/** Symbols that must be on and are not; the first of them shows where. */
export const lackSymbols = (config: KernelConfig, symbols: readonly string[]) =>
  ({
    requested: symbols.map((symbol) => `CONFIG_${symbol}=y`).join(', '),
    actual: symbols.map((symbol) => describeSymbol(config, symbol)).join(', '),
    about: 'config',
    symbol: symbols[0]!,
    fixSymbols: symbols.map((symbol) => ({ symbol, value: 'y' })),
  }) satisfies Omit<Breach, 'message'>;
