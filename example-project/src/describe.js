import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

async function checked(url, sha256) {
  const file = fileURLToPath(url);
  const actual = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  if (actual !== sha256) throw new Error(`${file} is not the bundle that was built`);
  return file;
}

function describeCell({ name, cellName, entry, load }) {
  console.log(`${name}: cell '${cellName}', entry ${entry}`);
  for (const { role, string, address } of load) console.log(`  ${role ?? `'${string}'`} at ${address}`);
}

function describeLaunch(file, name, commands) {
  console.log(`copy ${file} to the target, unpack it, run ${name}/launch.sh, which does:`);
  for (const command of commands) console.log(`  ${command}`);
}

/** What a deployment step would do with a bundle: check it, then print how the target loads it. */
export async function describe(url, cell) {
  const file = await checked(url, cell.sha256);
  describeCell(cell);
  describeLaunch(file, cell.name, cell.commands);
}

/** The same with the bundle of a machine. */
export async function describeMachine(url, { name, sha256, cells }) {
  const file = await checked(url, sha256);
  for (const cell of cells) describeCell(cell);
  describeLaunch(
    file,
    name,
    cells.flatMap(({ commands }) => commands),
  );
}
