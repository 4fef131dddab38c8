import { assert, property, string } from 'fast-check';
import { expect, it } from 'vitest';
import { readNpmrc } from './npmrc.ts';

it('keeps registries and what opens them, and nothing else', () => {
  const read = readNpmrc(
    [
      '; comment',
      'registry = https://r.test/npm/',
      '@own:registry="https://own.test/"',
      '//own.test/:_authToken=abc',
      '//r.test:8443/npm/:_password=cGFzcw==',
      '//r.test/:username=me',
      'ignore-scripts=false',
      'cafile=/etc/shadow',
      '//r.test/:_authToken=${HOME}',
      '//r.test/:tokenHelper=/bin/evil',
    ].join('\n'),
  );
  expect(read).toEqual({
    text: 'registry=https://r.test/npm/\n@own:registry=https://own.test/\n//own.test/:_authToken=abc\n//r.test:8443/npm/:_password=cGFzcw==\n//r.test/:username=me\n',
    registry: 'https://r.test/npm/',
    secrets: ['abc', 'cGFzcw=='],
    ignored: ['ignore-scripts', 'cafile', '//r.test/:_authToken', '//r.test/:tokenHelper'],
  });
});

it('is read to its end whatever it is', () => {
  assert(property(string(), (text) => !readNpmrc(text).text.includes('${')));
});
