import { afterEach, beforeEach, expect, test } from 'vitest';
import { InputMemory } from '../../src/inputs/memory.ts';
import { InputStore } from '../../src/inputs/store.ts';
import { Folder } from '../helpers/cell-files.ts';

let folder: Folder;
beforeEach(async () => {
  folder = await Folder.create();
  await folder.write({ initrd: 'first' });
});
afterEach(() => folder.remove());

/** The initrd, as a store with this memory has it. */
async function seenWith(memory: InputMemory) {
  const store = new InputStore(memory);
  const streamed = store.stream([await store.see(folder.at('initrd'), 'initrd')], false);
  return { store, streamed };
}

async function contentOf({ store, streamed }: Awaited<ReturnType<typeof seenWith>>): Promise<string> {
  const source = store.source(streamed);
  if (source instanceof Uint8Array) return Buffer.from(source).toString();
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.read()) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const learnt = async (memory: InputMemory): Promise<void> => {
  const { store, streamed } = await seenWith(memory);
  store.learnContent(streamed, Buffer.from('learnt'));
};

test('a later build has the content that one before it learnt', async () => {
  const first = new InputMemory();
  await learnt(first);
  expect(await contentOf(await seenWith(new InputMemory(first)))).toBe('learnt');
});

test('a file that changed is read', async () => {
  const first = new InputMemory();
  await learnt(first);
  await folder.write({ initrd: 'second' });
  expect(await contentOf(await seenWith(new InputMemory(first)))).toBe('second');
});

test('what a build did not ask for is forgotten by the next but one', async () => {
  const first = new InputMemory();
  await learnt(first);
  const [used, unused] = [new InputMemory(first), new InputMemory(first)];
  await contentOf(await seenWith(used));
  for (const memory of [used, unused]) memory.forgetUnused();
  expect(await contentOf(await seenWith(new InputMemory(used)))).toBe('learnt');
  expect(await contentOf(await seenWith(new InputMemory(unused)))).toBe('first');
});
