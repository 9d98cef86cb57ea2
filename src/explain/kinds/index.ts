import type { LogKind } from '../kind.ts';
import { ARM_KINDS } from './arm.ts';
import { CREATE_KINDS } from './create.ts';
import { ENABLE_KINDS } from './enable.ts';
import { LOAD_IMAGE_KINDS } from './images.ts';
import { KERNEL_KINDS } from './kernel.ts';
import { LOAD_KINDS } from './load.ts';
import { NETWORK_KINDS } from './network.ts';
import { PORT_KINDS } from './ports.ts';
import { ROOT_KINDS } from './root.ts';
import { SHUTDOWN_KINDS } from './shutdown.ts';
import { START_KINDS } from './start.ts';
import { TOOL_KINDS } from './tool.ts';
import { TRACE_KIND } from './trace.ts';
import { X86_KINDS } from './x86.ts';

/** All kinds of lines that are known; the first that fits counts. */
export const KINDS: readonly LogKind[] = [
  ...LOAD_KINDS,
  ...ENABLE_KINDS,
  ...CREATE_KINDS,
  ...LOAD_IMAGE_KINDS,
  ...START_KINDS,
  TRACE_KIND,
  ...PORT_KINDS,
  ...X86_KINDS,
  ...ARM_KINDS,
  ...NETWORK_KINDS,
  ...ROOT_KINDS,
  ...KERNEL_KINDS,
  ...SHUTDOWN_KINDS,
  ...TOOL_KINDS,
];
