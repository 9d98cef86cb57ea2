// Measures `boot`: CPU time and memory of QEMU with the monitor, and the same kernel in plain QEMU.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeCellConfig, parseCellConfig } from '../dist/core.js';

const MIB = 1n << 20n;
const RAM = 0x4fn;
/** `boot` ends so, if it could be tried. */
const TRIED = new Set([0, 1]);

const QEMUS = { x86: 'qemu-system-x86_64', arm64: 'qemu-system-aarch64' };
const EXAMPLES = { x86: 'linux', arm64: 'linux-arm64' };

/** What the examples' init prints last. */
const END = 'guest end';

/** CPU seconds of a process so far (proc(5); USER_HZ is 100). */
function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** CPU seconds of plain QEMU up to the end of the guest's init. */
function plainQemu(files) {
  const options =
    '-machine q35 -accel tcg,thread=multi -smp 2 -m 76M -nodefaults -display none -monitor none -serial stdio -no-reboot';
  const images = ['-kernel', join(files, 'bzImage'), '-initrd', join(files, 'initrd.cpio.gz')];
  const machine = spawn(QEMUS.x86, options.split(' ').concat(images, '-append', 'console=ttyS0,115200'));
  return new Promise((resolve, reject) => {
    let said = '';
    machine.on('error', reject);
    machine.stdout.on('data', (bytes) => {
      said += bytes;
      if (!said.includes(END)) return;
      resolve(cpuSeconds(machine.pid));
      machine.kill('SIGKILL');
    });
    machine.on('close', () => reject(new Error(`plain QEMU ended early:\n${said.slice(-2000)}`)));
  });
}

/** The examples' bundle of an architecture, unpacked into the folder, and its cell. */
function unpackExample(architecture, { root, folder, cli }) {
  const manifest = join(root, `example-project/cells/${EXAMPLES[architecture]}.cell.yaml`);
  const built = spawnSync(process.execPath, [cli, 'build', manifest, '-o', folder], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`build ${manifest} failed:\n${built.stderr}`);
  const tarball = built.stdout.trimEnd().slice(66);
  spawnSync('tar', ['-C', folder, '-xf', tarball]);
  const bundle = tarball.replace(/\.tar$/, '');
  const { cell } = JSON.parse(readFileSync(join(bundle, 'bundle.json'), 'utf8'));
  return { tarball, bundle, cell: parseCellConfig(readFileSync(join(bundle, cell.file))) };
}

/** The example with one change, as a manifest. */
function writeChanged(architecture, { bundle, cell }, files, { cmdline, regions = cell.memoryRegions }) {
  const config = join(bundle, 'changed.cell');
  writeFileSync(config, encodeCellConfig({ ...cell, memoryRegions: regions }));
  const manifest = join(bundle, 'changed.cell.yaml');
  const [image, dtb] =
    architecture === 'x86' ? ['bzImage', ''] : ['Image', `dtb: ${join(bundle, 'params')}\n`];
  writeFileSync(
    manifest,
    `cell: ${config}\nkernel: { image: ${join(files, image)} }\n${dtb}` +
      `initrd: ${join(files, 'initrd.cpio.gz')}\ncmdline: ${cmdline}\n`,
  );
  return manifest;
}

/** What came of one boot. */
function boot(cli, verdict, ...words) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [cli, 'boot', '--json', ...words], {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  if (!TRIED.has(status)) throw new Error(`boot ${words.join(' ')} failed:\n${stderr}${stdout}`);
  const [subject] = JSON.parse(stdout).subjects;
  if (subject.verdict !== verdict)
    throw new Error(`boot ${words.join(' ')}: ${subject.verdict}, ${subject.line}`);
  return subject.qemu;
}

const ramOf = ({ memoryRegions }) =>
  memoryRegions.reduce((sum, { size, flags }) => ((flags & RAM) === RAM ? sum + size : sum), 0n);

/** Of each architecture a good boot and a violation that comes late; no row where QEMU is missing. */
export async function measureBoot({ root, folder, cli }) {
  const rows = [];
  const missing = Object.values(QEMUS).filter((command) => spawnSync(command, ['--version']).status !== 0);
  if (missing.length > 0) {
    console.log(`boot is not measured: ${missing.join(' and ')} cannot be started\n`);
    return rows;
  }
  const row = (what, measured, bound, text) => rows.push({ what, measured, bound, text });
  const seconds = (value) => `${value.toFixed(1)} s`;
  for (const architecture of ['x86', 'arm64']) {
    const files = join(root, 'example-project/build', EXAMPLES[architecture]);
    if (!existsSync(files))
      throw new Error(`there is no ${files}; run npm run example:${EXAMPLES[architecture]}`);
    const example = unpackExample(architecture, { root, folder, cli });
    const good = boot(cli, 'booted', '--expect', END, example.tarball);
    if (architecture === 'x86') {
      const plain = await plainQemu(files);
      const text = `${seconds(good.cpu)} / ${seconds(plain)} = ${(good.cpu / plain).toFixed(2)} x`;
      row('CPU of `boot` of an x86 bundle, against plain QEMU', good.cpu / plain, 8, text);
      row('CPU of `boot` of an x86 bundle', good.cpu, 12, seconds(good.cpu));
    }
    const beyond = Number(BigInt(good.memory) / MIB - ramOf(example.cell) / MIB);
    row(`memory of ${architecture}'s QEMU beyond the cell's RAM`, beyond, 150, `${beyond} MiB`);

    const [change, bound] =
      architecture === 'x86'
        ? [{ cmdline: 'console=ttyS0,115200 noapic' }, 2]
        : [
            {
              cmdline: 'console=ttyAMA0,115200',
              regions: example.cell.memoryRegions.filter(({ virt_start }) => virt_start !== 0x9000000n),
            },
            6,
          ];
    const bad = boot(cli, 'died', '--force', writeChanged(architecture, example, files, change));
    row(`CPU of \`boot\` up to a violation, ${architecture}`, bad.cpu, bound, seconds(bad.cpu));
  }
  return rows;
}
