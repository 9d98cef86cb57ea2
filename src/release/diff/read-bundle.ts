import { InputError, inputErrorOf } from '../../base/diagnostic.ts';
import { concatBytes } from '../../base/bytes.ts';
import {
  readMachineMetadata,
  readMetadata,
  type BundleMetadata,
  type MachineMetadata,
} from '../../bundle/read-metadata.ts';
import { verifyBundle, type VerifiedBundle } from '../../bundle/verify.ts';
import { examineKernel } from '../../formats/kernel/examine.ts';
import { embeddedSymbols, versionOf } from './kernel-items.ts';
import type { Symbols } from './types.ts';

/** A kernel of a bundle, looked through. */
interface LookedKernel {
  version: string | null;
  symbols: Symbols;
}

/** A bundle that is intact, with what its files say. */
export interface ReadBundle extends Pick<VerifiedBundle, 'files' | 'onTarget'> {
  name: string;
  metadata: BundleMetadata | MachineMetadata;
  /** By name in the bundle. */
  kernels: ReadonlyMap<string, LookedKernel>;
  /** The bytes of cell and system configs, by name in the bundle. */
  configs: ReadonlyMap<string, Uint8Array>;
}

/** `kernel`, `linux.kernel`; `cell.cell`, `system.cell`, `linux.cell`. */
const KERNEL = /^(?:.*\.)?kernel$/;
const CONFIG = /\.cell$/;
/** A larger file is not looked into. */
const MOST = { kernel: 512 << 20, config: 1 << 18 } as const;

async function lookAt(file: Uint8Array): Promise<LookedKernel> {
  try {
    const kernel = await examineKernel(file);
    return { version: versionOf(kernel), symbols: embeddedSymbols(kernel) };
  } catch (error) {
    return { version: null, symbols: { unknown: inputErrorOf(error).message } };
  }
}

/** Keeps one file at a time, and looks into it when the next begins. */
class Looker {
  readonly kernels = new Map<string, LookedKernel>();
  readonly configs = new Map<string, Uint8Array>();
  #path: string | null = null;
  #chunks: Uint8Array[] = [];
  #size = 0;

  async take(path: string, bytes: Uint8Array): Promise<void> {
    if (path !== this.#path) {
      await this.finish();
      this.#path = path;
    }
    const most = KERNEL.test(path) ? MOST.kernel : CONFIG.test(path) ? MOST.config : 0;
    this.#size += bytes.length;
    if (this.#size <= most) this.#chunks.push(bytes.slice());
    else this.#chunks = [];
  }

  async finish(): Promise<void> {
    const [path, chunks] = [this.#path, this.#chunks];
    [this.#path, this.#chunks, this.#size] = [null, [], 0];
    if (path === null || chunks.length === 0) return;
    const file = concatBytes(chunks);
    if (CONFIG.test(path)) this.configs.set(path, file);
    else this.kernels.set(path, await lookAt(file));
  }
}

/** @throws InputError `bundle/…` for the first thing that is wrong with it */
export async function readBundleForDiff(source: AsyncIterable<Uint8Array>): Promise<ReadBundle> {
  const looker = new Looker();
  const bundle = await verifyBundle(source, (path, bytes) => looker.take(path, bytes));
  await looker.finish();
  const first = bundle.diagnostics.find(({ severity }) => severity === 'error');
  if (first !== undefined) {
    const { code, message, ...more } = first;
    throw new InputError(code, message, more);
  }
  const { metadata: text, name, files, onTarget } = bundle;
  const metadata = text === null ? null : (readMachineMetadata(text) ?? readMetadata(text));
  if (metadata === null || name === null) {
    throw new InputError('bundle/metadata', 'bundle.json is not in the form that this version writes', {
      fix: 'compare it with the version that built it, or build it again',
    });
  }
  return { name, metadata, files, onTarget, kernels: looker.kernels, configs: looker.configs };
}
