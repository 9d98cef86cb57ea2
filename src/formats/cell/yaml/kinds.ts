import { z } from 'zod';
import { nearest } from '../../../base/text.ts';
import { shown } from '../../yaml/problem.ts';
import { parseBytes, parseNumber, parseRanges, TextError } from './texts.ts';

// The kinds of values in a description, as zod schemas. Numbers reach them as the text that stands in the file, so that
// 0.10 is not 0.1 and no digit of 64 bits is lost. An issue's message is what is wrong, a line break, and what to do.

/** The two lines of an issue. */
export const twoLines = (message: string, fix: string): string => `${message}\n${fix}`;

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a map' : typeof value === 'string' ? 'text' : String(value);
}

/** What zod asks when a value is of another type; `sample` shows how it may be written. */
const wants =
  (wanted: string, sample: string) =>
  ({ input }: { input?: unknown }): string =>
    input === undefined
      ? twoLines('is missing', `write it as \`${sample}\``)
      : twoLines(`must be ${wanted}, not ${kindOf(input)}`, `write it as \`${sample}\``);

/** A value that is written as one word. */
export const word = <T>(
  wanted: string,
  sample: string,
  read: (text: string) => T,
  json: Record<string, unknown>,
) =>
  z
    .string({ error: wants(wanted, sample) })
    .transform((text, context): T => {
      try {
        return read(text);
      } catch (error) {
        if (!(error instanceof TextError)) throw error;
        context.addIssue({ code: 'custom', message: twoLines(error.message, error.fix) });
        return z.NEVER;
      }
    })
    .meta(json);

const NUMBER = '^(0[xX][0-9a-fA-F]+|[0-9]+)[KMG]?$';
const numberJson = (description: string, type = 'integer'): Record<string, unknown> => ({
  type: [type, 'string'],
  pattern: NUMBER,
  minimum: 0,
  description,
});

/** A number below 2^32. */
export const number = (description: string, bits: 8 | 16 | 32 = 32, sample = '0x10') =>
  word('a number', sample, (text) => Number(parseNumber(text, bits)), numberJson(description));

/** A rate in Hz. */
export const rate = (description: string, sample: string) =>
  word(
    'a number',
    sample,
    (text) => {
      const hertz = Number(parseNumber(text, 32));
      if (hertz > 0) return hertz;
      throw new TextError('is 0', `write the rate in Hz: \`${sample}\``);
    },
    { ...numberJson(description), minimum: 1 },
  );

/** An address or a size of 64 bits. */
export const long = (description: string, sample = '0x100000') =>
  word('an address or a size', sample, (text) => parseNumber(text, 64), numberJson(description, 'number'));

/** A number that is a yes or no most of the time. */
export const toggle = (description: string) =>
  z
    .union([z.boolean(), z.string()], { error: wants('true or false', 'true') })
    .transform((value, context): number => {
      if (typeof value === 'boolean') return value ? 1 : 0;
      try {
        return Number(parseNumber(value, 8));
      } catch (error) {
        if (!(error instanceof TextError)) throw error;
        context.addIssue({
          code: 'custom',
          message: twoLines(`cannot be \`${shown(value)}\``, 'write true or false'),
        });
        return z.NEVER;
      }
    })
    .meta({ description, anyOf: [{ type: ['boolean', 'integer', 'string'] }] });

export const text = (description: string, sample: string) =>
  z.string({ error: wants('text', sample) }).meta({ description, type: ['string', 'number'] });

export const bytes = (description: string) =>
  word('bytes in hex', "'00*56'", parseBytes, { type: ['string', 'integer'], description });

/** A choice by name, or by its number in hex; a name is checked against the release later. */
export const choice = (
  names: readonly string[],
  bits: 8 | 16 | 32,
  description: string,
  accepts = (_name: string) => false,
) =>
  word(
    'a name or a number',
    names[0]!,
    (written): string | number => {
      const lower = written.toLowerCase();
      if (names.includes(lower) || accepts(lower)) return lower;
      if (/^[0-9]/.test(written)) return Number(parseNumber(written, bits));
      throw unknownName(written, names);
    },
    {
      type: ['integer', 'string'],
      examples: names,
      description: `${description} A value without a name is written in hex.`,
    },
  );

function unknownName(name: string, known: readonly string[]): TextError {
  const meant = nearest(name, known);
  return new TextError(
    `cannot be \`${shown(name)}\``,
    meant === undefined ? `known here: ${known.join(', ')}` : `did you mean \`${meant}\`?`,
  );
}

/** Flags by name; bits without a name in hex. */
export const flags = (names: readonly string[], bits: 8 | 16 | 32 | 64, description: string) =>
  list(
    word(
      'a name or a number',
      names[0]!,
      (written): string | bigint => {
        const lower = written.toLowerCase();
        if (names.includes(lower)) return lower;
        if (/^[0-9]/.test(written)) return parseNumber(written, bits);
        throw unknownName(written, names);
      },
      { type: ['number', 'string'], pattern: `^(${names.join('|')})$|${NUMBER}`, examples: names },
    ),
    description,
    `[${names[0]!}]`,
  );

export const list = <T extends z.ZodType>(item: T, description: string, sample = '[…]') =>
  z.array(item, { error: wants('a list', sample) }).meta({ description });

/** Numbers and ranges, as one text or as a list of them. */
export const ranges = (what: string, limit: number, description: string) =>
  z
    .union([z.string(), z.array(z.string({ error: wants('a number or a range', '2-3') }))], {
      error: wants('numbers and ranges', '2-3'),
    })
    .transform((written, context) => {
      try {
        return [written].flat().flatMap((part) => parseRanges(part, limit, what));
      } catch (error) {
        if (!(error instanceof TextError)) throw error;
        context.addIssue({ code: 'custom', message: twoLines(error.message, error.fix) });
        return z.NEVER;
      }
    })
    .meta({
      description,
      anyOf: [{ type: ['integer', 'string'] }, { type: 'array', items: { type: ['integer', 'string'] } }],
    });

/** In place of a fix: an issue of another key of the map says it already. */
export const SAID = '-';

/** A map of optional keys; what must be there is checked where it is used. */
export function map<const T extends z.ZodRawShape>(shape: T, description: string) {
  const known = Object.keys(shape);
  const listKey = known.find((key) => key === 'pins' || key === 'cpus');
  return z
    .strictObject(shape, {
      error: (issue) => {
        if (issue.code !== 'unrecognized_keys') return wants('a map', `{ ${known[0]!}: … }`)(issue);
        const names = issue.keys as string[];
        const written = issue.input as Record<string, unknown>;
        // What follows a comma in `{ pins: 4,16 }` is a key without a value.
        const rest = names.filter((name) => /^[0-9]/.test(name) && written[name] === null);
        const parts = [listKey === undefined ? undefined : written[listKey], ...rest];
        const isCut = rest.length > 0 && ['string', 'number', 'bigint'].includes(typeof parts[0]);
        return names
          .map((name) => {
            if (isCut && rest.includes(name)) {
              if (name !== rest[0]) return SAID;
              return `a comma in \`{ }\` ends the value: write \`${listKey}: '${parts.join(',')}'\`, or \`${listKey}: [${parts.join(', ')}]\``;
            }
            const meant = nearest(name, known);
            return meant === undefined ? `known here: ${known.join(', ')}` : `did you mean \`${meant}\`?`;
          })
          .join('\n');
      },
    })
    .partial()
    .meta({ description });
}
