import { z } from 'zod';
import { ARCHITECTURES } from '../../base/choices.ts';
import { address, bytes, count, fields, hexText, namedFlags, namedNumber, text } from './values.ts';
import { cellConsole, config, memoryRegion, parts } from './cell.ts';

const iommuUnit = z
  .strictObject({
    index: count,
    used: z.boolean(),
    base: address,
    size: hexText,
    type: namedNumber.nullable(),
    amdBdf: text,
    amdFeatures: hexText.nullable(),
    ...fields(count.nullable(), 'amdBaseCap', 'amdMsiCap'),
    raw: bytes.nullable(),
    /** Of NXP's BSPs. */
    armSidMask: hexText.nullable(),
    ...fields(namedNumber.nullable(), 'armSmmuArch', 'armSmmuImpl'),
  })
  .meta({ id: 'iommuUnit' });

const platform = z
  .strictObject({
    pmTimerAddress: hexText.nullable(),
    apicMode: text,
    ...fields(count.nullable(), 'vtdInterruptLimit', 'tscKhz', 'apicKhz', 'maintenanceIrq', 'gicVersion'),
    ...fields(address.nullable(), 'gicdBase', 'giccBase', 'gichBase', 'gicvBase', 'gicrBase'),
    padding: z.union([count, bytes]).nullable(),
    tail: bytes,
  })
  .meta({ id: 'platform' });
export type DescribedPlatform = z.infer<typeof platform>;

export const system = z
  .strictObject({
    kind: z.literal('system'),
    architecture: z.enum(ARCHITECTURES),
    ...config,
    flags: namedFlags.nullable(),
    hypervisorMemory: memoryRegion,
    debugConsole: cellConsole,
    pciMmconfigBase: address,
    ...fields(count, 'pciMmconfigEndBus', 'pciIsVirtual'),
    pciDomain: count.nullable(),
    iommuUnits: z.array(iommuUnit),
    platform,
    rootCell: parts,
  })
  .meta({ id: 'system' });
export type DescribedSystem = z.infer<typeof system>;
