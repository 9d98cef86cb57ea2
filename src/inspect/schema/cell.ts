import { z } from 'zod';
import { ARCHITECTURES } from '../../base/choices.ts';
import { address, bytes, count, fields, hexText, namedFlags, namedNumber, text } from './values.ts';

export const memoryRegion = z
  .strictObject({
    ...fields(address, 'physStart', 'virtStart', 'size'),
    flags: namedFlags,
  })
  .meta({ id: 'memoryRegion' });

export const cellConsole = z
  .strictObject({
    address,
    type: namedNumber,
    flags: namedFlags,
    clockReg: address,
    ...fields(count, 'size', 'divider', 'gateNr'),
  })
  .meta({ id: 'console' });

const pciDevice = z
  .strictObject({
    type: namedNumber,
    bdf: z.string(),
    barMask: z.array(hexText),
    msiFlags: z.strictObject({ value: hexText, ...fields(z.boolean(), 'msi64bits', 'msiMaskable') }),
    msixAddress: address,
    shmemProtocol: z.strictObject({ value: hexText, name: text }),
    padding: bytes.nullable(),
    ...fields(count, 'iommu', 'domain', 'capsStart', 'numCaps'),
    ...fields(count, 'numMsiVectors', 'numMsixVectors', 'msixRegionSize'),
    ...fields(count.nullable(), 'shmemRegion', 'shmemRegionsStart', 'shmemDevId', 'shmemPeers'),
  })
  .meta({ id: 'pciDevice' });

/** What a cell config and a system config's root cell have in common. */
export const parts = z
  .strictObject({
    name: text,
    nameProblem: text,
    cpus: z.array(count),
    uarts: z.array(z.string()),
    ports: z.array(z.strictObject({ first: hexText, last: hexText })),
    header: z.strictObject({
      signature: bytes,
      name: bytes,
      ...fields(count, 'revision', 'id', 'vpciIrqBase'),
      architecture: count.nullable(),
      flags: namedFlags,
      ...fields(address.nullable(), 'cpuResetAddress', 'msgReplyTimeout'),
      console: cellConsole.nullable(),
      /** NXP's revision 10. */
      ...fields(address.nullable(), 'pciCfgBase', 'pciCfgSize'),
      ivshmemIrq: count.nullable(),
    }),
    cpuSet: bytes,
    memoryRegions: z.array(memoryRegion),
    cacheRegions: z.array(
      z.strictObject({ ...fields(count, 'start', 'size', 'padding'), type: namedNumber, flags: namedFlags }),
    ),
    irqchips: z.array(
      z.strictObject({
        address,
        id: hexText,
        pinBase: count,
        pinBitmap: z.array(hexText),
        pins: z.array(count),
      }),
    ),
    pioBitmap: bytes.nullable(),
    pioRegions: z.array(z.strictObject({ base: hexText, length: count })).nullable(),
    pciDevices: z.array(pciDevice),
    pciCaps: z.array(z.strictObject({ ...fields(hexText, 'id', 'start'), len: count, flags: namedFlags })),
    streamIds: z.array(hexText),
    /** Of NXP's revisions 9 and 10; `null`: the layout has none. */
    smmuSids: z.array(z.strictObject(fields(hexText, 'sid', 'sidMask'))).nullable(),
    /** Of TI's revision 12; `null`: the layout has none. */
    regmaps: z
      .array(
        z.strictObject({
          regBase: address,
          ...fields(count, 'regCount', 'regSize'),
          flags: hexText,
          regBitmap: z.array(hexText),
        }),
      )
      .nullable(),
  })
  .meta({ id: 'cellParts' });
export type DescribedParts = z.infer<typeof parts>;

export const config = {
  revision: count,
  /** `std10` is the one that the releases have. */
  layout: z.string(),
  release: text,
  architectureFrom: z.enum(['file', 'given', 'ports']).nullable(),
  trailing: bytes,
};

export const cell = z
  .strictObject({
    kind: z.literal('cell'),
    architecture: z.enum(ARCHITECTURES).nullable(),
    ...config,
    ...parts.shape,
  })
  .meta({ id: 'cell' });
export type DescribedCell = z.infer<typeof cell>;
