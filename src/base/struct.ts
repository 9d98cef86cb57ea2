/**
 * Packed structures, as tables whose order is the byte layout.
 *
 * A table is written once; sizes, offsets, the codec and the TypeScript type of the value all follow from it.
 */

/** One field of a fixed size. */
export interface Field<T> {
  readonly size: number;
  read(view: DataView, at: number): T;
  /** `undefined` is written as zero. @throws RangeError if the value does not fit the field */
  write(view: DataView, at: number, value: T | undefined): void;
}

type ValueOf<F> = F extends Field<infer T> ? T : never;

type Fields = Readonly<Record<string, Field<unknown>>>;

export type StructValue<T extends Fields> = { -readonly [K in keyof T]: ValueOf<T[K]> };

export interface Struct<T extends Fields> extends Field<StructValue<T>> {
  readonly fields: T;
  /** Byte offset of each field. */
  readonly offsets: Readonly<Record<keyof T, number>>;
  /** @throws RangeError if `bytes` ends before the struct does */
  decode(bytes: Uint8Array, at?: number): StructValue<T>;
  /** Missing fields are zero. @throws RangeError naming the field whose value does not fit, or that does not exist */
  encode(value: Partial<StructValue<T>>): Uint8Array<ArrayBuffer>;
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function unsigned(
  bits: 8 | 16 | 32,
  read: (view: DataView, at: number) => number,
  write: (view: DataView, at: number, value: number) => void,
): Field<number> {
  const limit = 2 ** bits;
  return {
    size: bits / 8,
    read,
    write(view, at, value = 0) {
      if (!Number.isInteger(value) || value < 0 || value >= limit) {
        throw new RangeError(`${value} does not fit ${bits} bits`);
      }
      write(view, at, value);
    },
  };
}

export const u8 = unsigned(
  8,
  (view, at) => view.getUint8(at),
  (view, at, value) => view.setUint8(at, value),
);
export const u16le = unsigned(
  16,
  (view, at) => view.getUint16(at, true),
  (view, at, value) => view.setUint16(at, value, true),
);
export const u32le = unsigned(
  32,
  (view, at) => view.getUint32(at, true),
  (view, at, value) => view.setUint32(at, value, true),
);

export const u64le: Field<bigint> = {
  size: 8,
  read: (view, at) => view.getBigUint64(at, true),
  write(view, at, value = 0n) {
    if (value < 0n || value >= 1n << 64n) throw new RangeError(`${value} does not fit 64 bits`);
    view.setBigUint64(at, value, true);
  },
};

export const u32be = unsigned(
  32,
  (view, at) => view.getUint32(at),
  (view, at, value) => view.setUint32(at, value),
);

export const u64be: Field<bigint> = {
  size: 8,
  read: (view, at) => view.getBigUint64(at),
  write(view, at, value = 0n) {
    if (value < 0n || value >= 1n << 64n) throw new RangeError(`${value} does not fit 64 bits`);
    view.setBigUint64(at, value);
  },
};

/** A DataView checks its own bounds; an array over its buffer reaches beyond them. */
function part(view: DataView, at: number, size: number): Uint8Array {
  if (at + size > view.byteLength) throw new RangeError(`${size} bytes at ${at} reach beyond the end`);
  return new Uint8Array(view.buffer, view.byteOffset + at, size);
}

/** `size` bytes as they are; read as a copy. */
export const bytes = (size: number): Field<Uint8Array> => ({
  size,
  read: (view, at) => part(view, at, size).slice(),
  write(view, at, value) {
    if (value === undefined) return;
    if (value.length !== size) throw new RangeError(`${value.length} bytes where ${size} are required`);
    part(view, at, size).set(value);
  },
});

/** `count` values of one kind; read as an array of that length. */
export const array = <T>(item: Field<T>, count: number): Field<T[]> => ({
  size: item.size * count,
  read: (view, at) => Array.from({ length: count }, (_, index) => item.read(view, at + index * item.size)),
  write(view, at, value = []) {
    if (value.length > count) throw new RangeError(`${value.length} values where ${count} have room`);
    for (let index = 0; index < count; index++) item.write(view, at + index * item.size, value[index]);
  },
});

/** A struct from its fields in byte order, without padding. */
export function struct<const T extends Fields>(fields: T): Struct<T> {
  const offsets: Record<string, number> = {};
  let size = 0;
  for (const [name, field] of Object.entries(fields)) {
    offsets[name] = size;
    size += field.size;
  }
  const entries = Object.entries(fields).map(([name, field]) => ({ name, field, offset: offsets[name]! }));

  const self: Struct<T> = {
    fields,
    offsets: offsets as Record<keyof T, number>,
    size,
    read(view, at) {
      const value: Record<string, unknown> = {};
      for (const { name, field, offset } of entries) value[name] = field.read(view, at + offset);
      return value as StructValue<T>;
    },
    write(view, at, value) {
      const given = value as Record<string, unknown> | undefined;
      for (const name of Object.keys(given ?? {})) {
        if (!Object.hasOwn(fields, name) && given?.[name] !== undefined) {
          throw new RangeError(`${name}: there is no such field`);
        }
      }
      for (const { name, field, offset } of entries) {
        try {
          field.write(view, at + offset, given?.[name]);
        } catch (error) {
          if (error instanceof RangeError)
            throw new RangeError(`${name}: ${error.message}`, { cause: error });
          throw error;
        }
      }
    },
    decode: (source, at = 0) => self.read(viewOf(source), at),
    encode(value) {
      const out = new Uint8Array(size);
      self.write(viewOf(out), 0, value as StructValue<T>);
      return out;
    },
  };
  return self;
}
