// Measures the built command line against other tools in the same run. Reports; fails only beyond twice a bound.
// `--write` puts the figures into docs/performance.md.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measureBoot } from './boot.mjs';
import { makeInputs } from './inputs.mjs';
import { measureKernels } from './kernels.mjs';
import { interleave, run as runIn } from './measure.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const cli = join(root, 'dist/cli.js');
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const rssFile = join(folder, 'max-rss');

const run = (command, words, env) => runIn(command, words, { cwd: folder, env });
const bundle = (...words) => run(process.execPath, [cli, ...words]);

/** MiB that a command has at most. */
function memoryOf(...words) {
  runIn(process.execPath, ['--import', join(root, 'bench/max-rss.mjs'), cli, ...words], {
    cwd: folder,
    env: { MAX_RSS_FILE: rssFile },
    // What is found does not matter here.
    expected: [0, 1],
  });
  return Number(readFileSync(rssFile, 'utf8')) / 1024;
}

const rows = [];
const row = (what, measured, bound, text) => rows.push({ what, measured, bound, text });
const ms = (value) => `${Math.round(value)} ms`;
const mib = (value) => `${Math.round(value)} MiB`;
const times = (value) => `${value.toFixed(2)} x`;

try {
  const kernels = await measureKernels(join(root, '.cache'), cli);
  const inputs = makeInputs(folder, root);
  const out = join(folder, 'out');

  const system = join(folder, 'system.cell');
  bundle('cell', 'compile', inputs.system, '-o', system);

  const start = interleave(21, {
    node: () => run(process.execPath, ['-e', '0']),
    version: () => bundle('--version'),
    check: () => bundle('check', inputs.small),
    cellLinux: () =>
      bundle('cell-linux', inputs.cell, inputs.kernel, '-c', 'console=ttyS0', '-w', join(folder, 'params')),
    cellCheck: () => bundle('cell', 'check', system, ...inputs.cells),
  });
  const versionRatio = start.version / start.node;
  row(
    '`--version` against `node -e 0`',
    versionRatio,
    1.2,
    `${ms(start.version)} / ${ms(start.node)} = ${times(versionRatio)}`,
  );
  const checkRatio = start.check / start.node;
  row(
    '`check` of a small manifest against `node -e 0`',
    checkRatio,
    3,
    `${ms(start.check)} / ${ms(start.node)} = ${times(checkRatio)}`,
  );
  const cellLinuxRatio = start.cellLinux / start.node;
  row(
    '`cell-linux` against `node -e 0`',
    cellLinuxRatio,
    2,
    `${ms(start.cellLinux)} / ${ms(start.node)} = ${times(cellLinuxRatio)}`,
  );

  const cellCheckRatio = start.cellCheck / start.node;
  row(
    '`cell check` of a system and 8 cells against `node -e 0`',
    cellCheckRatio,
    2.5,
    `${ms(start.cellCheck)} / ${ms(start.node)} = ${times(cellCheckRatio)}`,
  );

  const made = join(folder, 'made');
  bundle('cell', 'generate', inputs.wish, '-o', made);
  const binary = { root: join(folder, 'root.cell'), cell: join(folder, 'made.cell') };
  bundle('cell', 'compile', inputs.root, '-o', binary.root);
  bundle('cell', 'compile', join(made, 'made.jailhouse.yaml'), '-o', binary.cell);
  const madeOfBinary = join(folder, 'made-of-binary');
  bundle('cell', 'generate', inputs.binaryWish, '-o', madeOfBinary);
  const wishes = interleave(10, {
    generate: () => bundle('cell', 'generate', inputs.wish, '-o', made),
    check: () =>
      bundle('cell', 'check', inputs.root, join(made, 'made.jailhouse.yaml'), '--board', inputs.board),
    generateBinary: () => bundle('cell', 'generate', inputs.binaryWish, '-o', madeOfBinary),
    checkBinary: () => bundle('cell', 'check', binary.root, binary.cell, '--board', inputs.board),
    one: () => bundle('check', inputs.machines[0]),
    eight: () => bundle('check', inputs.machines[1]),
  });
  const generateRatio = wishes.generate / wishes.check;
  row(
    '`cell generate` against `cell check` of what it makes',
    generateRatio,
    1.5,
    `${ms(wishes.generate)} / ${ms(wishes.check)} = ${times(generateRatio)}`,
  );
  const binaryRatio = wishes.generateBinary / wishes.checkBinary;
  row(
    '`cell generate` for binary configs against `cell check` of them',
    binaryRatio,
    1.5,
    `${ms(wishes.generateBinary)} / ${ms(wishes.checkBinary)} = ${times(binaryRatio)}`,
  );
  const machineRatio = wishes.eight / wishes.one;
  row(
    '`check` of a machine of 8 wishes against one of one',
    machineRatio,
    2,
    `${ms(wishes.eight)} / ${ms(wishes.one)} = ${times(machineRatio)}`,
  );

  const large = interleave(5, {
    tools: () =>
      run('sha256sum', [inputs.cell, inputs.kernel, inputs.initrd300]) +
      run('tar', ['cf', join(folder, 'plain.tar'), inputs.cell, inputs.kernel, inputs.initrd300]),
    build: () => bundle('build', inputs.large, '-o', out),
  });
  const largeRatio = large.build / large.tools;
  row(
    '`build` with a 300 MiB initrd against `sha256sum` + `tar cf`',
    largeRatio,
    1.5,
    `${ms(large.build)} / ${ms(large.tools)} = ${times(largeRatio)}`,
  );

  const memory = interleave(3, {
    large: () => memoryOf('build', inputs.large, '-o', out),
    huge: () => memoryOf('build', inputs.huge, '-o', out),
  });
  row('most memory of that build', memory.large, 160, mib(memory.large));
  const growth = memory.huge / memory.large;
  row(
    'the same with a 1000 MiB initrd, against it',
    growth,
    1.25,
    `${mib(memory.huge)} / ${mib(memory.large)} = ${times(growth)}`,
  );

  const initrd = join(root, 'test/fixtures/initrd/zeros-1g.bz2');
  const bomb = memoryOf('check', '--kernel', inputs.kernel, '--initrd', initrd);
  row('most memory of `check` with an initrd of 785 bytes that unpacks to 1 GiB', bomb, 300, mib(bomb));

  const logs = {
    newlines: ['\n'],
    known: ['FATAL: Invalid PIO read, port: 61 size: 1\n', 'FATAL: Unhandled MSR read: c0002001\n'],
  };
  for (const [name, lines] of Object.entries(logs)) {
    const pair = lines.join('');
    writeFileSync(join(folder, `${name}.log`), pair.repeat(Math.floor((1 << 26) / pair.length)));
  }
  const explained = interleave(3, {
    newlines: () => bundle('explain', join(folder, 'newlines.log')),
    known: () => bundle('explain', join(folder, 'known.log')),
  });
  const seconds = (value) => `${(value / 1000).toFixed(2)} s`;
  row('`explain` on 64 MiB of newlines', explained.newlines / 1000, 3, seconds(explained.newlines));
  row('`explain` on 64 MiB of two known lines in turn', explained.known / 1000, 3, seconds(explained.known));
  const explainMemory = Math.max(
    memoryOf('explain', join(folder, 'newlines.log')),
    memoryOf('explain', join(folder, 'known.log')),
  );
  row('most memory of those', explainMemory, 300, mib(explainMemory));

  const many = interleave(5, {
    one: () => bundle('build', inputs.many[0], '-o', out),
    hundred: () => bundle('build', ...inputs.many, '-o', out),
  });
  const manyRatio = many.hundred / many.one;
  row(
    '100 manifests sharing kernel and initrd on the target, against one',
    manyRatio,
    3,
    `${ms(many.hundred)} / ${ms(many.one)} = ${times(manyRatio)}`,
  );

  const each = interleave(3, { thousand: () => bundle('check', ...inputs.thousand) }).thousand / 1000;
  row('`check` of 1,000 manifests, for each', each, 9, `${each.toFixed(1)} ms`);
  const thousandMemory = memoryOf('check', ...inputs.thousand);
  row('most memory of that', thousandMemory, 200, mib(thousandMemory));

  for (const { name, check, script, bound } of kernels) {
    const ratio = check / script;
    row(
      `\`check\` on ${name}, against \`extract-ikconfig\``,
      ratio,
      bound,
      `${ms(check)} / ${ms(script)} = ${times(ratio)}`,
    );
  }
  rows.push(...(await measureBoot({ root, folder, cli })));
} finally {
  rmSync(folder, { recursive: true });
}

const boundText = ({ bound, text }) => `${bound} ${text.split(' ').at(-1)}`;
const table = [
  '| what | measured | bound |',
  '| --- | --- | --- |',
  ...rows.map((entry) => `| ${entry.what} | ${entry.text} | ${boundText(entry)} |`),
].join('\n');
console.log(`${table}\n`);

if (process.argv.includes('--write')) {
  const page = join(root, 'docs/performance.md');
  const machine = `Node ${process.version}, ${cpus().length} cores (${cpus()[0].model}).`;
  const figures = /(?<=<!-- figures -->\n).*(?=<!-- \/figures -->)/s;
  const text = readFileSync(page, 'utf8');
  if (!figures.test(text)) throw new Error(`${page} has no place for the figures`);
  writeFileSync(
    page,
    text.replace(figures, () => `\n${machine}\n\n${table}\n\n`),
  );
}
for (const { what, measured, bound } of rows) {
  if (measured > bound) console.log(`over its bound: ${what}`);
  if (measured > 2 * bound) process.exitCode = 1;
}
