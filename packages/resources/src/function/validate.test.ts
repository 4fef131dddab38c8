import { expect, test } from 'vitest';
import { gitUrl } from '../schema/text.ts';

test.each(['ext::sh -c id', '--upload-pack=x', 'git@-x:y', 'ssh://-oProxyCommand=x/y', 'javascript:1'])(
  'refuses %s as a git URL',
  (url) => {
    expect(gitUrl.safeParse(url).success).toBe(false);
  },
);
test.each(['https://a/b.git', 'git@a.b:c/d.git', 'file:///a'])('takes %s as a git URL', (url) => {
  expect(gitUrl.safeParse(url).success).toBe(true);
});
