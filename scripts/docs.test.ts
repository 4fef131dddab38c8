import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
const documents = globSync(['*.md', 'docs/**/*.md', 'deploy/**/*.md'], { cwd: root, exclude: (name) => name.includes('node_modules') });

it('numbers decisions once, from 1, and each as its file does', () => {
  const files = globSync('docs/decisions/*.md', { cwd: root }).toSorted();
  const numbers = files.map((file) => Number(path.basename(file).slice(0, 4)));
  expect(numbers).toEqual(files.map((_, index) => index + 1));
  const titles = files.map((file) => readFileSync(path.join(root, file), 'utf8').split('\n', 1)[0] ?? '');
  expect(titles.map((title) => Number(/^# (\d+)\. \S/.exec(title)?.[1]))).toEqual(numbers);
});

it.each(documents)('names only files that there are: %s', (document) => {
  const text = readFileSync(path.join(root, document), 'utf8');
  const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link]) => link ?? '').filter((link) => !/^[a-z]+:/.test(link));
  expect(links.filter((link) => !existsSync(path.join(root, path.dirname(document), link)))).toEqual([]);
});
