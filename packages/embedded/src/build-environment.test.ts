import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { buildEnvironment } from './build-environment.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'ofn-home-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const npmrc = (text: string): void => writeFileSync(path.join(home, '.npmrc'), text);

it("takes the registry of the user's npm", () => {
  npmrc('//r.test/:_authToken=secret\nregistry = "https://r.test/npm/"\n@scope:registry=https://other.test/\n');
  expect(buildEnvironment({ HOME: home })).toEqual({ OFN_NPM_REGISTRY: 'https://r.test/npm/' });
  expect(buildEnvironment({ HOME: home, NPM_CONFIG_REGISTRY: 'http://127.0.0.1:4873' })).toEqual({
    OFN_NPM_REGISTRY: 'http://127.0.0.1:4873',
  });
});

it('takes proxies and certificates, in either case', () => {
  const env = { HOME: home, https_proxy: 'http://proxy.test:3128', NO_PROXY: 'localhost', NODE_EXTRA_CA_CERTS: '/etc/ca.pem', SECRET: 'x' };
  expect(buildEnvironment(env)).toEqual({
    HTTPS_PROXY: 'http://proxy.test:3128',
    NO_PROXY: 'localhost',
    NODE_EXTRA_CA_CERTS: '/etc/ca.pem',
  });
});

it('takes nothing with a password in it', () => {
  npmrc('registry=https://me:secret@r.test/\n');
  expect(buildEnvironment({ HOME: home, HTTPS_PROXY: 'http://me:secret@proxy.test' })).toEqual({});
  npmrc('registry=https://r.test/${TOKEN}/\n');
  expect(buildEnvironment({ HOME: home })).toEqual({});
});

it('takes nothing where there is nothing', () => {
  expect(buildEnvironment({})).toEqual({});
});
