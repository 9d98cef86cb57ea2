import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** What a deployment step would do with a bundle: check it, then print how the target loads it. */
export async function describe(url, { name, cellName, sha256, entry, load, commands }) {
  const file = fileURLToPath(url);
  const actual = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  if (actual !== sha256) throw new Error(`${file} is not the bundle that was built`);
  console.log(`${name}: cell '${cellName}', entry ${entry}`);
  for (const { role, string, address } of load) console.log(`  ${role ?? `'${string}'`} at ${address}`);
  console.log(`copy ${file} to the target, unpack it, run ${name}/launch.sh, which does:`);
  for (const command of commands) console.log(`  ${command}`);
}
