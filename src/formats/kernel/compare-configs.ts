import { isUnstated, type KconfigValue, type KernelConfig } from './kconfig.ts';

/** A symbol that two kernel configs give other values; the values as a `.config` shows them, `n` if not mentioned. */
export interface ConfigDifference {
  symbol: string;
  given: string;
  embedded: string;
}

const NOT_SET: KconfigValue = { type: 'tristate', value: 'n' };

/** Equal values have equal texts, whatever the spelling of a number. */
const keyOf = ({ type, value }: KconfigValue): string => `${type} ${value}`;

function textOf(value: KconfigValue): string {
  if (value.type === 'string') return JSON.stringify(value.value);
  return value.type === 'number' ? value.text : value.value;
}

/**
 * Where two configs differ in what they mean: by symbol, in the order of the first config, then of the other. One that is
 * not whole is compared by what it states.
 */
export function compareConfigs(given: KernelConfig, embedded: KernelConfig): ConfigDifference[] {
  const symbols = new Set([...given.symbols.keys(), ...embedded.symbols.keys()]);
  const differences: ConfigDifference[] = [];
  for (const symbol of symbols) {
    if (isUnstated(given, symbol)) continue;
    const [one, other] = [given, embedded].map(({ symbols: values }) => values.get(symbol) ?? NOT_SET);
    if (keyOf(one!) === keyOf(other!)) continue;
    differences.push({ symbol, given: textOf(one!), embedded: textOf(other!) });
  }
  return differences;
}
