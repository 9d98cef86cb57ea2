import { UsageError } from './exit.ts';

/** A simple command of a shell line. */
export interface ShellCommand {
  words: readonly string[];
  /** As written, without the blanks: `2>&1`, `>log`. */
  redirections: readonly string[];
}

const BLANK = /[ \t\r]/;
const ENDS_COMMAND = /[\n;&|()]/;
/** What a shell puts something else for; a `$` before a blank or an end is just a `$`. */
const EXPANSION = /^\$[\w{(*@#?!$'"-]/;

const refused = (what: string, fix: string): UsageError => new UsageError(`the line of --from ${what}`, fix);

/** Reads a line as a POSIX shell does, up to what only a running shell knows. */
class Reader {
  private at = 0;
  private word: string | null = null;
  private isQuoted = false;
  private words: string[] = [];
  private redirections: string[] = [];
  private readonly commands: ShellCommand[] = [];
  private readonly line: string;

  constructor(line: string) {
    this.line = line;
  }

  read(): ShellCommand[] {
    while (this.at < this.line.length) this.step(this.line[this.at]!);
    this.endCommand();
    return this.commands;
  }

  private add(text: string): void {
    this.word = (this.word ?? '') + text;
  }

  private endWord(): void {
    if (this.word !== null) this.words.push(this.word);
    this.word = null;
    this.isQuoted = false;
  }

  private endCommand(): void {
    this.endWord();
    const { words, redirections } = this;
    if (words.length > 0 || redirections.length > 0) this.commands.push({ words, redirections });
    this.words = [];
    this.redirections = [];
  }

  private step(character: string): void {
    const next = this.line[this.at + 1];
    if (character === '\\') {
      if (next === undefined) throw refused('ends in a backslash', 'give the line that follows, too');
      if (next !== '\n') this.quoted(next);
      this.at += 2;
    } else if (character === "'") this.single();
    else if (character === '"') this.double();
    else if (BLANK.test(character)) {
      this.endWord();
      this.at++;
    } else if (character === '<' || character === '>' || (character === '&' && next === '>')) this.redirect();
    else if (ENDS_COMMAND.test(character)) {
      this.endCommand();
      this.at++;
    } else if (character === '#' && this.word === null) this.comment();
    else {
      this.checkPlain(character);
      this.add(character);
      this.at++;
    }
  }

  private quoted(text: string): void {
    this.add(text);
    this.isQuoted = true;
  }

  private single(): void {
    const end = this.line.indexOf("'", this.at + 1);
    if (end < 0) throw refused("has a ' that nothing closes", "close it, or write \\' for the character");
    this.quoted(this.line.slice(this.at + 1, end));
    this.at = end + 1;
  }

  private double(): void {
    this.quoted('');
    for (this.at++; this.line[this.at] !== '"'; this.at++) {
      const character = this.line[this.at];
      if (character === undefined) {
        throw refused('has a " that nothing closes', 'close it, or write \\" for the character');
      }
      const next = this.line[this.at + 1] ?? '';
      if (character === '\\' && /[$`"\\\n]/.test(next)) {
        if (next !== '\n') this.add(next);
        this.at++;
        continue;
      }
      this.checkExpansion(character);
      this.add(character);
    }
    this.at++;
  }

  private comment(): void {
    const end = this.line.indexOf('\n', this.at);
    this.at = end < 0 ? this.line.length : end;
  }

  /** A redirection and the word that follows; digits right before it are its file descriptor. */
  private redirect(): void {
    let text = '';
    if (this.word !== null && !this.isQuoted && /^\d+$/.test(this.word)) {
      text = this.word;
      this.word = null;
    }
    this.endWord();
    const [operator] = /^&?[<>]+[&|]?[ \t]*/.exec(this.line.slice(this.at))!;
    this.at += operator.length;
    while (this.at < this.line.length) {
      const character = this.line[this.at]!;
      if (/[<>]/.test(character) || BLANK.test(character) || ENDS_COMMAND.test(character)) break;
      this.step(character);
    }
    this.redirections.push(`${text}${operator.trim()}${this.word ?? ''}`);
    this.word = null;
    this.isQuoted = false;
  }

  private checkExpansion(character: string): void {
    if (character === '`') {
      throw refused('has a ` `, for which a shell puts the output of a command', 'write that output instead');
    }
    const rest = this.line.slice(this.at);
    if (character !== '$' || !EXPANSION.test(rest)) return;
    const [what] = /^\$(?:\w+|.)/.exec(rest)!;
    throw refused(
      `has ${what}, for which a shell puts something else`,
      `write the value instead; if the $ itself is meant, as in memmap=, write it in single quotes`,
    );
  }

  private checkPlain(character: string): void {
    this.checkExpansion(character);
    if (character === '~' && this.word === null) {
      throw refused('has a ~, for which a shell puts a home folder', 'write the path instead');
    }
    if (/[*?[]/.test(character)) {
      throw refused(
        `has a ${character} outside quotes, for which a shell looks for files`,
        'write the name of the file instead, or put the word in single quotes',
      );
    }
  }
}

/**
 * The simple commands of a line, as a POSIX shell takes them; with lines that a backslash continues.
 *
 * @throws UsageError for what is not closed, and for what only the shell that runs the line can fill in
 */
export const parseShellLine = (line: string): ShellCommand[] => new Reader(line).read();
