import { expect, it } from 'vitest';
import { defaultData } from './default-data.ts';

it('lies in the home folder, or where XDG says', () => {
  expect(defaultData({ HOME: '/home/ada' })).toBe('/home/ada/.openfunction');
  expect(defaultData({ HOME: '/home/ada', XDG_DATA_HOME: '/data' })).toBe('/data/openfunction');
  expect(defaultData({ HOME: '/home/ada', XDG_DATA_HOME: 'relative' })).toBe('/home/ada/.openfunction');
});
