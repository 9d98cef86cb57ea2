import type { Diagnostic } from '../diagnostic.ts';
import type { DeviceTree } from '../dtb/types.ts';
import type { ArmRequest } from './protocols.ts';

export function checkTree(_request: ArmRequest, _tree: DeviceTree): Diagnostic[] {
  return [];
}
