import { createWriteStream, existsSync, readFileSync, type WriteStream } from 'node:fs';
import { open, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { diagnosticOf, InputError } from '../base/diagnostic.ts';
import { shellQuote } from '../base/text.ts';
import { arm64Machine } from '../boot/arm64/machine.ts';
import { layOutBox, type Box } from '../boot/box.ts';
import { limitsOf, DEFAULT_TIMEOUT } from '../boot/limits.ts';
import { pieceName } from '../boot/load.ts';
import type { Piece } from '../boot/paint.ts';
import { BOX_LAYOUTS } from '../boot/place.ts';
import {
  CONSOLES,
  MONITOR_FILES,
  qemuArguments,
  quoted,
  type LoadedPiece,
  type QemuStart,
} from '../boot/qemu-arguments.ts';
import type { QemuRun } from '../boot/qemu-run.ts';
import { findQemu, runQemu } from '../boot/qemu.ts';
import { resultOf, type BootResult } from '../boot/result.ts';
import {
  GIVEN_ROLES,
  overwrittenLoader,
  readSubject,
  type FileOnDisk,
  type GivenRole,
  type ReadSubject,
} from '../boot/subject.ts';
import type { BoxArchitecture, BoxImage, BoxMachine, BoxSubject } from '../boot/types.ts';
import { BootWatch, type Channel, type Dialogue } from '../boot/watch.ts';
import { x86Machine } from '../boot/x86.ts';
import { BUNDLE_NAMES } from '../bundle/contents.ts';
import { verifyBundle, type VerifiedBundle } from '../bundle/verify.ts';
import { parseCellConfig } from '../formats/cell/config.ts';
import { readConfig } from '../formats/cell/read.ts';
import { parseSystemConfig } from '../formats/cell/system.ts';
import type { SystemConfig } from '../formats/cell/types.ts';
import { readMetadata, type BundleMetadata } from '../inspect/bundle.ts';
import { dropBoxFolder, makeBoxFolder } from './box-folder.ts';
import { LIMITS, readChunks, readWhole, seeFile } from './files.ts';

/** What is asked of a boot, beside the bundle. */
export interface BootOptions {
  dialogue: Dialogue;
  /** CPU seconds of QEMU; `null`: the usual ones. */
  timeout: number | null;
  /** Paths of files that the bundle does not hold. */
  given: Readonly<Partial<Record<GivenRole, string>>>;
  /** A system config, for a bundle without one. */
  system: string | null;
  /** Port on which a debugger is waited for. */
  gdb: number | null;
  /** Keep what QEMU reads. */
  repro: boolean;
  /** Told of everything that is printed, as it comes. */
  onOutput?(channel: Channel, bytes: Uint8Array): void;
}

/** A boot, as it is told of. */
export interface Boot extends BootResult {
  name: string | null;
  architecture: BoxArchitecture | null;
  /** Facts that were not given, or changed for QEMU. */
  assumed: readonly string[];
  usesStandIn: boolean;
  /** `null`: QEMU was not started. */
  qemu: (Pick<QemuRun, 'cpu' | 'elapsed' | 'memory'> & { version: string }) | null;
  /** The command that starts the same by hand; `null`: nobody asked for it. */
  repro: string | null;
}

const NOTHING: Omit<Boot, 'problem'> = {
  name: null,
  architecture: null,
  line: null,
  explanations: [],
  userSpace: null,
  console: [],
  assumed: [],
  usesStandIn: false,
  qemu: null,
  repro: null,
};

/** The folder of what monitor/build.sh made: beside `src` in a clone, beside `dist` in the package. */
function monitorFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const wanted = join(folder, 'monitor/bin');
    if (existsSync(wanted)) return wanted;
    const parent = dirname(folder);
    if (parent === folder) throw new Error('the package has no folder monitor/bin');
    folder = parent;
  }
}

const monitorFile = (architecture: BoxArchitecture, which: 'monitor' | 'loader'): string =>
  join(monitorFolder(), MONITOR_FILES[architecture][which]);

const standIn = (architecture: BoxArchitecture): Uint8Array =>
  readFileSync(monitorFile(architecture, 'loader'));

interface Unpacked {
  bundle: VerifiedBundle;
  files: ReadonlyMap<string, FileOnDisk>;
}

const written = (stream: WriteStream, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    stream.write(bytes, (error) => (error ? reject(error) : resolve()));
  });

const ended = (stream: WriteStream): Promise<void> =>
  new Promise((resolve, reject) => {
    stream.once('error', reject).end(resolve);
  });

/** Writes a bundle's files to a folder. @throws InputError for the first thing that is wrong with it */
async function unpack(source: AsyncIterable<Uint8Array>, folder: string): Promise<Unpacked> {
  const streams = new Map<string, WriteStream>();
  const bundle = await verifyBundle(source, (path, bytes) => {
    let stream = streams.get(path);
    if (stream === undefined) {
      // Names in a bundle have neither slashes nor dots in front.
      stream = createWriteStream(join(folder, path));
      stream.on('error', () => undefined); // the write's own callback tells
      streams.set(path, stream);
    }
    return written(stream, bytes);
  });
  await Promise.all([...streams.values()].map(ended));
  const first = bundle.diagnostics.find(({ severity }) => severity === 'error');
  if (first !== undefined) {
    const { code, message, ...more } = first;
    throw new InputError(code, message, more);
  }
  const files = [...bundle.files].map(
    ([path, { size }]) => [path, { file: join(folder, path), size }] as const,
  );
  return { bundle, files: new Map(files) };
}

/** Files that stay on the target must be those that the bundle was built with. */
async function checkGiven(
  { onTarget }: VerifiedBundle,
  load: BundleMetadata['load'],
  given: BootOptions['given'],
): Promise<Partial<Record<GivenRole, FileOnDisk>>> {
  const found: Partial<Record<GivenRole, FileOnDisk>> = {};
  for (const role of GIVEN_ROLES) {
    const path = given[role];
    if (path === undefined) continue;
    const seen = await seeFile(path, path);
    found[role] = { file: seen.path, size: seen.size };
    const named = load.find((item) => 'role' in item && item.role === role);
    const onTargetAs = named && 'file' in named ? named.file : null;
    const wanted = onTargetAs === null ? undefined : onTarget.get(onTargetAs);
    if (wanted === undefined) continue;
    const { createHash } = await import('node:crypto');
    const hash = createHash('sha256');
    for await (const chunk of readChunks(seen)) hash.update(chunk);
    const sha256 = hash.digest('hex');
    if (sha256 === wanted.sha256) continue;
    throw new InputError('boot/other-file', `${path} is not the ${role} that the bundle was built for`, {
      requested: wanted.sha256,
      actual: sha256,
      fix: 'give the file that the manifest named when the bundle was built',
    });
  }
  return found;
}

async function readSystem(path: string): Promise<SystemConfig> {
  const content = await readWhole(await seeFile(path, path), LIMITS.config);
  const { config, problems } = await readConfig(content, path, { kind: 'system' });
  if (config !== null) return config;
  const { code, message, ...more } = problems[0]!;
  throw new InputError(code, `${path}: ${message}`, more);
}

async function readUnpacked({ bundle, files }: Unpacked, options: BootOptions): Promise<ReadSubject> {
  const metadata = bundle.metadata === null ? null : readMetadata(bundle.metadata);
  if (metadata === null) {
    throw new InputError('boot/metadata', 'bundle.json is not in the form that this version writes', {
      fix: 'build the bundle again with this version of jailhouse-bundle',
    });
  }
  const read = (name: string): Promise<Uint8Array> => readFile(files.get(name)!.file);
  const own = metadata.system === null ? null : await read(metadata.system.file);
  return readSubject(
    {
      metadata,
      name: bundle.name ?? metadata.cell.name,
      cell: parseCellConfig(await read(metadata.cell.file)),
      system: options.system === null ? own && parseSystemConfig(own) : await readSystem(options.system),
      files,
      params: await read(BUNDLE_NAMES.params),
      given: await checkGiven(bundle, metadata.load, options.given),
    },
    standIn,
  );
}

const READ_SIZE = 1 << 20;

/** A part of an image, as a file of its own. */
async function writePiece(piece: Piece<BoxImage>, file: string): Promise<void> {
  const { of, offset, range } = piece;
  const start = Number(offset);
  const end = start + Number(range.size);
  if ('bytes' in of.content) return writeFile(file, of.content.bytes.subarray(start, end));
  const source = await open(of.content.file);
  const target = await open(file, 'w');
  try {
    for (let at = start; at < end;) {
      const { bytesRead, buffer } = await source.read({
        buffer: Buffer.allocUnsafe(Math.min(READ_SIZE, end - at)),
        position: at,
      });
      if (bytesRead === 0) break;
      await target.writeFile(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
  } finally {
    await Promise.all([source.close(), target.close()]);
  }
}

/** The files that QEMU loads: images as they are, where nothing is written over them. */
async function writePieces(
  { pieces, blob }: Box,
  layout: { blob: bigint },
  folder: string,
): Promise<LoadedPiece[]> {
  const loaded: LoadedPiece[] = [];
  for (const piece of pieces) {
    const { of, range } = piece;
    const isWhole = range.size === BigInt(of.size);
    if (isWhole && 'file' in of.content) {
      loaded.push({ file: of.content.file, address: range.start });
      continue;
    }
    const file = join(folder, `piece-${pieceName(piece)}`);
    await writePiece(piece, file);
    loaded.push({ file, address: range.start });
  }
  const blobFile = join(folder, 'blob');
  await writeFile(blobFile, blob);
  return [...loaded, { file: blobFile, address: layout.blob }];
}

const socketAt = (path: string): string => `socket,path=${quoted(path)}`;

/** For a terminal: the first console on it, what the monitor says beside it. */
const TERMINAL = { console: 'stdio,signal=off', monitor: 'file,path=/dev/stderr' };

const commandLine = (command: string, args: readonly string[]): string =>
  [command, ...args].map(shellQuote).join(' ');

function machineOf(subject: BoxSubject): BoxMachine {
  if (subject.architecture === 'x86') return x86Machine(subject);
  return arm64Machine(subject);
}

async function bootUnpacked(
  { subject, usesStandIn }: ReadSubject,
  folder: string,
  options: BootOptions,
): Promise<Boot> {
  const { architecture, name } = subject;
  const machine = machineOf(subject);
  const told = {
    ...NOTHING,
    name,
    architecture,
    usesStandIn,
    assumed: [...machine.assumed, ...machine.changed],
  };
  const box = layOutBox(subject, machine);
  if ('code' in box) return { ...told, problem: box, line: box.symptom ?? null };
  const overwritten = usesStandIn ? overwrittenLoader(subject) : null;
  if (overwritten !== null) return { ...told, problem: overwritten, line: overwritten.symptom ?? null };

  const qemu = findQemu(architecture);
  const consoles = Array.from({ length: CONSOLES[architecture] }, (_, index) => index);
  const sockets = new Map<Channel, string>([
    ['monitor', join(folder, 'm.sock')],
    ...consoles.map((index) => [index, join(folder, `${index}.sock`)] as const),
  ]);
  const start: QemuStart = {
    architecture,
    machine,
    memory: box.memory,
    monitor: monitorFile(architecture, 'monitor'),
    pieces: await writePieces(box, BOX_LAYOUTS[architecture], folder),
    channels: {
      monitor: socketAt(sockets.get('monitor')!),
      consoles: consoles.map((index) => socketAt(sockets.get(index)!)),
    },
    gdb: options.gdb,
  };
  const watch = new BootWatch(architecture, options.dialogue);
  const run = await runQemu(qemu, {
    args: qemuArguments(start),
    sockets,
    watch,
    limits: options.gdb === null ? limitsOf(options.timeout ?? DEFAULT_TIMEOUT) : null,
    onOutput: options.onOutput ?? (() => undefined),
  });
  const { cpu, elapsed, memory } = run;
  const byHand = {
    ...start,
    channels: {
      monitor: TERMINAL.monitor,
      consoles: consoles.map((index) => (index === 0 ? TERMINAL.console : null)),
    },
  };
  return {
    ...told,
    ...resultOf(architecture, watch, run),
    qemu: { version: qemu.version, cpu, elapsed, memory },
    repro: options.repro ? commandLine(qemu.command, qemuArguments(byHand)) : null,
  };
}

/**
 * Starts a bundle in QEMU; whatever is wrong with it, or with QEMU, is the boot's problem.
 *
 * @param source the bundle: .tar or .tar.gz
 */
export async function bootBundle(source: AsyncIterable<Uint8Array>, options: BootOptions): Promise<Boot> {
  const folder = makeBoxFolder();
  let keep = false;
  try {
    const read = await readUnpacked(await unpack(source, folder), options);
    const boot = await bootUnpacked(read, folder, options);
    keep = boot.repro !== null;
    return boot;
  } catch (error) {
    return { ...NOTHING, problem: diagnosticOf(error) };
  } finally {
    dropBoxFolder(folder, keep);
  }
}

/** The same for a file. */
export async function bootBundleFile(file: string, options: BootOptions): Promise<Boot> {
  try {
    return await bootBundle(readChunks(await seeFile(file, file)), options);
  } catch (error) {
    return { ...NOTHING, problem: diagnosticOf(error) };
  }
}
