import type { SystemConfig } from '../../formats/cell/types.ts';

/** The root cell's name, as the hypervisor knows it. */
export const rootName = ({ rootCell }: Pick<SystemConfig, 'rootCell'>): string =>
  new TextDecoder().decode(rootCell.header.name).split('\0', 1)[0]!;
