/** Where a field of a packed C struct is, and how long it is. */
interface CField {
  offset: number;
  size: number;
}

export interface CStruct {
  size: number;
  fields: Record<string, CField>;
}

export interface CHeader {
  /** The `#define`s with a number for their value. */
  numbers: Record<string, bigint>;
  /** The packed structs, by their tags. */
  structs: Record<string, CStruct>;
}

const withoutComments = (text: string): string => text.replaceAll(/\/\*[^]*?\*\//g, '');

/** Reads a header of fixed-width fields, arrays of them, and structs of both, all packed. */
export function readHeader(text: string): CHeader {
  const source = withoutComments(text);
  const numbers: Record<string, bigint> = {};
  for (const [, name, value] of source.matchAll(/^#define[ \t]+(\w+)[ \t]+(0x[\da-f]+|\d+)[ \t]*$/gim)) {
    numbers[name!] = BigInt(value!);
  }

  const structs: Record<string, CStruct> = {};
  const sizeOf = (type: string): number => {
    const bits = /^uint(8|16|32|64)_t$/.exec(type)?.[1];
    const size = bits === undefined ? structs[type.replace(/^struct /, '')]?.size : Number(bits) / 8;
    if (size === undefined) throw new Error(`a field of the type ${type}`);
    return size;
  };
  for (const [, tag, body] of source.matchAll(/struct (\w+) \{([^}]*)\} __attribute__\(\(packed\)\);/g)) {
    const fields: Record<string, CField> = {};
    let offset = 0;
    for (const line of body!.split(';').map((each) => each.trim())) {
      if (line === '') continue;
      const [, type, name, count] = /^((?:struct )?\w+) (\w+)(?:\[(\w+)\])?$/.exec(line) ?? [];
      if (type === undefined) throw new Error(`not a field: ${line}`);
      const many = count === undefined ? 1 : Number(numbers[count] ?? count);
      fields[name!] = { offset, size: sizeOf(type) * many };
      offset += fields[name!]!.size;
    }
    structs[tag!] = { size: offset, fields };
  }
  return { numbers, structs };
}
