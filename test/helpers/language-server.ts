import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const SERVER = fileURLToPath(import.meta.resolve('yaml-language-server/bin/yaml-language-server'));

/** Without a network: no catalogue of schemas is asked for. */
const SETTINGS = {
  yaml: { schemaStore: { enable: false }, hover: true, completion: true, validate: true },
};

interface Message {
  id?: number | string;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: { message: string };
}

export interface EditorDiagnostic {
  message: string;
  range: { start: { line: number; character: number } };
}

export interface CompletionItem {
  label: string;
  documentation?: string | { value: string };
}

/** A place in a text: `|` in it. */
export interface Place {
  text: string;
  position: { line: number; character: number };
}

/** The text without its `|`, and where that was. */
export function placeIn(marked: string): Place {
  const at = marked.indexOf('|');
  const lines = marked.slice(0, at).split('\n');
  return {
    text: marked.slice(0, at) + marked.slice(at + 1),
    position: { line: lines.length - 1, character: lines.at(-1)!.length },
  };
}

/** yaml-language-server as editors run it: a process that speaks LSP on its standard streams. */
export class Editor {
  private readonly server: ChildProcessWithoutNullStreams;
  private readonly waiting = new Map<number, (message: Message) => void>();
  private readonly hearers = new Map<string, (found: EditorDiagnostic[]) => void>();
  private rest = Buffer.alloc(0);
  private last = 0;

  private constructor() {
    this.server = spawn(process.execPath, [SERVER, '--stdio'], {
      // A proxy that nobody answers: whoever asks the network fails.
      env: { PATH: process.env['PATH'], http_proxy: 'http://127.0.0.1:9', https_proxy: 'http://127.0.0.1:9' },
    });
    this.server.stdout.on('data', (bytes: Buffer) => this.receive(bytes));
    this.server.stderr.resume();
  }

  static async start(folder: string): Promise<Editor> {
    const editor = new Editor();
    const rootUri = pathToFileURL(folder).href;
    await editor.ask('initialize', {
      processId: process.pid,
      rootUri,
      workspaceFolders: [{ uri: rootUri, name: 'project' }],
      capabilities: {
        workspace: { configuration: true, workspaceFolders: true },
        textDocument: {
          completion: { completionItem: { snippetSupport: true, documentationFormat: ['markdown'] } },
          hover: { contentFormat: ['markdown'] },
          publishDiagnostics: {},
        },
      },
    });
    editor.tell('initialized', {});
    return editor;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    await this.ask('shutdown', null);
    this.tell('exit', null);
    await closed;
  }

  private send(message: Message): void {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  private tell(method: string, params: unknown): void {
    this.send({ method, params });
  }

  private async ask<Result>(method: string, params: unknown): Promise<Result> {
    const id = ++this.last;
    const answer = new Promise<Message>((resolve) => this.waiting.set(id, resolve));
    this.send({ id, method, params });
    const { result, error } = await answer;
    if (error) throw new Error(`${method}: ${error.message}`);
    return result as Result;
  }

  private receive(bytes: Buffer): void {
    this.rest = Buffer.concat([this.rest, bytes]);
    for (;;) {
      const end = this.rest.indexOf('\r\n\r\n');
      const length = /Content-Length: (\d+)/i.exec(this.rest.toString('latin1', 0, Math.max(end, 0)))?.[1];
      if (length === undefined || this.rest.length < end + 4 + Number(length)) return;
      const body = this.rest.toString('utf8', end + 4, end + 4 + Number(length));
      this.rest = this.rest.subarray(end + 4 + Number(length));
      this.hear(JSON.parse(body) as Message);
    }
  }

  private hear(message: Message): void {
    const { id, method, params } = message;
    if (method === undefined) return this.waiting.get(id as number)?.(message);
    if (method === 'textDocument/publishDiagnostics') {
      const { uri, diagnostics } = params as { uri: string; diagnostics: EditorDiagnostic[] };
      return this.hearers.get(uri)?.(diagnostics);
    }
    if (id === undefined) return;
    const items = (params as { items?: { section: string }[] } | null)?.items ?? [];
    const result =
      method === 'workspace/configuration'
        ? items.map(({ section }) => SETTINGS[section as keyof typeof SETTINGS] ?? null)
        : null;
    this.send({ id, result });
  }

  /** Opens a text as a file of its own in a folder, which need not be there. */
  private open(folder: string, text: string): string {
    const { href: uri } = pathToFileURL(path.join(folder, `${++this.last}.cell.yaml`));
    this.tell('textDocument/didOpen', { textDocument: { uri, languageId: 'yaml', version: 1, text } });
    return uri;
  }

  /** What the editor would underline in a text. */
  judge(folder: string, text: string): Promise<EditorDiagnostic[]> {
    return new Promise((resolve) => this.hearers.set(this.open(folder, text), resolve));
  }

  private at<Result>(method: string, folder: string, { text, position }: Place): Promise<Result> {
    return this.ask(method, { textDocument: { uri: this.open(folder, text) }, position });
  }

  async complete(folder: string, place: Place): Promise<CompletionItem[]> {
    const { items } = await this.at<{ items: CompletionItem[] }>('textDocument/completion', folder, place);
    return items;
  }

  async hover(folder: string, place: Place): Promise<string> {
    const found = await this.at<{ contents: { value: string } } | null>('textDocument/hover', folder, place);
    return found?.contents.value ?? '';
  }
}
