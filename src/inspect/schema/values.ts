import { z } from 'zod';

/** A `bigint` that JSON has as a hex text. */
export const address = z.bigint();
/** Bytes that JSON has as pairs of hex digits. */
export const bytes = z.custom<Uint8Array>();
/** A hex text from the start. */
export const hexText = z.string().regex(/^0x[0-9a-f]+$/);
export const count = z.int().nonnegative();
export const text = z.string().nullable();

/** Fields of one type. */
export const fields = <Name extends string, Type extends z.ZodType>(
  type: Type,
  ...names: readonly Name[]
): Record<Name, Type> => Object.fromEntries(names.map((name) => [name, type])) as Record<Name, Type>;

export const namedNumber = z.strictObject({ value: count, name: text }).meta({ id: 'namedNumber' });
export const namedFlags = z
  .strictObject({ value: address, names: z.array(z.string()), unknown: address })
  .meta({ id: 'namedFlags' });
export const range = z.strictObject({ start: address, end: address });
const digest = z
  .strictObject({ size: count, sha256: z.string().regex(/^[0-9a-f]{64}$/) })
  .meta({ id: 'digest' });
export const digests = z.record(z.string(), digest);
