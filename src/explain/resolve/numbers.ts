/** Values of a line as numbers; `null` where the line does not have them, or something else. */
export interface LineNumbers {
  /** In hex, with or without `0x`. */
  hex(name: string): number | null;
  address(name: string): bigint | null;
  decimal(name: string): number | null;
  text(name: string): string | null;
}

const HEX = /^(?:0x)?[0-9a-f]{1,16}$/;

export function numbersOf(values: Readonly<Record<string, string>>): LineNumbers {
  const address = (name: string): bigint | null => {
    const text = values[name];
    return text !== undefined && HEX.test(text) ? BigInt(`0x${text.replace(/^0x/, '')}`) : null;
  };
  return {
    address,
    hex: (name) => {
      const value = address(name);
      return value === null || value > 0xffffffffn ? null : Number(value);
    },
    decimal: (name) => {
      const text = values[name];
      return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null;
    },
    text: (name) => values[name] ?? null,
  };
}
