import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LaunchInput } from '../../../src/bundle/launch/types.ts';
import type { LaunchRig } from './rig.ts';

/** One run of launch.sh with a fault in one step, and all that must be seen of it. */
export interface LaunchCase {
  title: string;
  /** Also in the default suite, under plain `sh`. */
  core?: true;
  input?: Partial<LaunchInput>;
  arrange?: (rig: LaunchRig) => Promise<void>;
  args: readonly string[];
  env?: Record<string, string>;
  signal?: NodeJS.Signals;
  /** The signal goes to the jailhouse tool as well, as from a terminal. */
  group?: true;
  /** What a shell does to the script's standard streams: `2>&-`. */
  redirect?: string;
  code: number;
  /** What the script ran: `create load start`. */
  steps: string;
  stderr: RegExp;
  stdout?: RegExp;
  /** The state of our cell afterwards; null when there must be none. */
  left: string | null;
}

/** The steps of a start. */
export const FULL = 'create load start';

export const nothing = { steps: '', left: null } as const;

/** Somebody has started the cell before. */
export const running = async (rig: LaunchRig): Promise<void> => rig.addCell(3, 'demo', 'running');

/** Jailhouse is there, but off. */
export const off = async (rig: LaunchRig): Promise<void> => writeFile(join(rig.sysfs, 'enabled'), '0\n');

/** One byte of a file of the bundle is another. */
export const damage =
  (name: string) =>
  async (rig: LaunchRig): Promise<void> =>
    writeFile(join(rig.bundle, name), `Content of ${name}`);
