import { expect, test } from 'vitest';
import { renderTemplate } from './hosts.ts';

const names = { Name: 'orders', Namespace: 'shop', Domain: 'ofn.io' };

test('fills the three names', () => {
  expect(renderTemplate('{{.Name}}.{{ .Namespace }}.{{.Domain}}', names)).toBe('orders.shop.ofn.io');
});
test.each(['{{.Secret}}', '{{if .Name}}', 'a{{', '}}'])('refuses %s', (template) => {
  expect(renderTemplate(template, names)).toBeUndefined();
});
