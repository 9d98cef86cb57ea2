import { parseSize } from '../../base/address.ts';
import { type Diagnostic, inputErrorOf } from '../../base/diagnostic.ts';
import {
  describeSymbol,
  isUnstated,
  type KconfigValue,
  type KernelConfig,
} from '../../formats/kernel/kconfig.ts';
import { projectRule } from './rules/index.ts';

/** `64M`, `0x4000000`, `67108864`, `-1`; `null` for what is no number. */
function parseNumber(text: string): bigint | null {
  if (/^-\d+$/.test(text)) return BigInt(text);
  try {
    return parseSize(text);
  } catch (error) {
    inputErrorOf(error);
    return null;
  }
}

export const describeAssignment = (symbol: string, value: string): string =>
  value === 'n' ? `CONFIG_${symbol} is not set` : `CONFIG_${symbol}=${value}`;

function isEqual(value: KconfigValue, wanted: string): boolean {
  if (value.type === 'number') return parseNumber(wanted) === value.value;
  return value.value === wanted;
}

/** A symbol's name as a manifest may write it, without `CONFIG_`. */
export const symbolName = (name: string): string => name.replace(/^CONFIG_/, '');

/** Whether a symbol has a value, as kconfig compares it; a symbol that is not mentioned is `n`. */
export function hasValue(config: KernelConfig, symbol: string, wanted: string): boolean {
  const value = config.symbols.get(symbol);
  return value ? isEqual(value, wanted) : wanted === 'n';
}

/** Compares one `checks.require` entry with the config. */
export function checkRequirement(config: KernelConfig, name: string, wanted: string): Diagnostic | null {
  const symbol = symbolName(name);
  if (hasValue(config, symbol, wanted) || isUnstated(config, symbol)) return null;
  const actual = describeSymbol(config, symbol);
  return {
    code: projectRule(symbol),
    severity: 'error',
    message: `${actual}, but the project requires ${wanted}`,
    requested: `CONFIG_${symbol}=${wanted}`,
    actual,
    fix: `set CONFIG_${symbol}=${wanted} in the kernel's config, or change the requirement`,
    fixSymbols: [{ symbol, value: wanted }],
    path: ['checks', 'require', name],
  };
}
