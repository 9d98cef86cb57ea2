// Measures `check` on a kernel of each compression against the kernel's own extract-ikconfig on the same file.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { interleave, run } from './measure.mjs';

/** How much longer `check` may take. */
const BOUNDS = { gzip: 1.5, zstd: 1.5, lz4: 1.5, lzo: 1.5, xz: 4, lzma: 4, bzip2: 4 };

/** Gives, for each compression, the milliseconds of both and the bound; `folder` is what build-kernels.sh makes. */
export function measureKernels(folder, cli) {
  const script = join(folder, 'extract-ikconfig');
  if (!existsSync(script)) {
    throw new Error(`${folder} has no kernels to measure; run scripts/build-kernels.sh`);
  }
  const image = (compression) => join(folder, `bzImage-${compression}`);
  const names = Object.keys(BOUNDS);
  const medians = interleave(
    10,
    Object.fromEntries(
      names.flatMap((name) => [
        [`${name} script`, () => run('bash', [script, image(name)])],
        [`${name} check`, () => run(process.execPath, [cli, 'inspect', image(name)])],
      ]),
    ),
  );
  return names.map((name) => ({
    name,
    check: medians[`${name} check`],
    script: medians[`${name} script`],
    bound: BOUNDS[name],
  }));
}
