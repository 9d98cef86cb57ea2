import { z } from 'zod';
import { address, bytes, count, fields, namedNumber, range, text } from './values.ts';
import { setupHeader } from './kernel.ts';

const e820 = z.array(z.strictObject({ address, size: address, type: namedNumber }));

const setupData = z
  .strictObject({
    address,
    form: z.enum(['jlhs', 'version1', 'version2']),
    releases: z.array(text),
    /** Only version 2 tells the kernel its UARTs. */
    uarts: z.array(z.string()).nullable(),
    fields: z.strictObject({
      next: address,
      ...fields(count, 'type', 'len', 'pmTimerAddress', 'numCpus'),
      ...fields(
        count.nullable(),
        'version',
        'compatibleVersion',
        'tscKhz',
        'apicKhz',
        'standardIoapic',
        'flags',
      ),
      pciMmconfigBase: address.nullable(),
      cpuIds: bytes,
    }),
  })
  .meta({ id: 'setupData' });
export type DescribedSetupData = z.infer<typeof setupData>;

export const params = z
  .strictObject({
    kind: z.literal('params'),
    size: count,
    address,
    entry: address,
    cmdline: z.string(),
    initrd: z.strictObject({ ...range.shape, size: count }).nullable(),
    e820,
    setupData,
    kernelProtocol: z.string(),
    setupHeader,
  })
  .meta({ id: 'params' });
export type DescribedParams = z.infer<typeof params>;
