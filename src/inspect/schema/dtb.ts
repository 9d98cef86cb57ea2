import { z } from 'zod';
import { address, bytes, count, fields } from './values.ts';

const property = z.discriminatedUnion('kind', [
  z.strictObject({ name: z.string(), kind: z.literal('empty'), value: z.null() }),
  z.strictObject({ name: z.string(), kind: z.literal('texts'), value: z.array(z.string()) }),
  z.strictObject({ name: z.string(), kind: z.literal('cells'), value: z.array(count) }),
  z.strictObject({ name: z.string(), kind: z.literal('bytes'), value: bytes }),
]);

const node = z
  .strictObject({
    name: z.string(),
    properties: z.array(property),
    get children() {
      return z.array(node);
    },
  })
  .meta({ id: 'node' });
export type DescribedNode = z.infer<typeof node>;

export const dtb = z
  .strictObject({
    kind: z.literal('dtb'),
    ...fields(count, 'size', 'version', 'lastCompatibleVersion', 'bootCpu'),
    reservations: z.array(z.strictObject(fields(address, 'address', 'size'))),
    root: node,
  })
  .meta({ id: 'dtb' });
export type DescribedDtb = z.infer<typeof dtb>;
