import { expect, it } from 'vitest';
import { externalDomain } from './domain.ts';

it.each([
  ['ofn.io', undefined, 'ofn.io'],
  ['sslip.io', '10.0.0.7', '10.0.0.7.sslip.io'],
  ['nip.io', '10.0.0.7', '10.0.0.7.nip.io'],
  ['sslip.io', '::1', '0--1.sslip.io'],
  ['sslip.io', undefined, undefined],
  ['10.0.0.9.sslip.io', '10.0.0.7', '10.0.0.9.sslip.io'],
])('%s of %s is %s', (domain, address, expected) => {
  expect(externalDomain(domain, address)).toBe(expected);
});
