// Measures `check` on a kernel of each compression against the kernel's own extract-ikconfig on the same file.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { interleave, run } from './measure.mjs';
import { packKernels } from './pack-kernels.mjs';

/** How much longer `check` may take. */
const BOUNDS = { gzip: 1.5, zstd: 1.5, lz4: 1.5, lzo: 1.5, xz: 4, lzma: 4, bzip2: 4 };

/** `check` has findings on a kernel that is no guest; its time is what counts. */
const FINDINGS = [0, 1];

function measure(what, rounds, folder, script, cli) {
  const image = (compression) => join(folder, `bzImage-${compression}`);
  const names = Object.keys(BOUNDS);
  const medians = interleave(
    rounds,
    Object.fromEntries(
      names.flatMap((name) => [
        [`${name} script`, () => run('bash', [script, image(name)])],
        [
          `${name} check`,
          () => run(process.execPath, [cli, 'check', '--kernel', image(name)], { expected: FINDINGS }),
        ],
      ]),
    ),
  );
  return names.map((name) => ({
    name: `${what}, ${name}`,
    check: medians[`${name} check`],
    script: medians[`${name} script`],
    bound: BOUNDS[name],
  }));
}

/** Gives, for each size and compression, the milliseconds of both and the bound; `cache` is what the scripts fill. */
export async function measureKernels(cache, cli) {
  const guests = join(cache, 'kernels');
  const script = join(guests, 'extract-ikconfig');
  const debian = join(cache, 'debian-kernel/vmlinuz');
  if (!existsSync(script)) throw new Error(`${guests} has no kernels; run scripts/build-kernels.sh`);
  if (!existsSync(debian)) throw new Error(`there is no ${debian}; run scripts/fetch-debian-kernel.sh`);
  const large = join(cache, 'bench-kernels');
  await packKernels(large, { debian, guest: join(guests, 'bzImage-gzip') });
  return [
    ...measure("a distribution's kernel", 5, large, script, cli),
    ...measure('the small guest kernel', 5, guests, script, cli),
  ];
}
