import { expect, it } from 'vitest';
import { oneLine } from '../../../../src/adapters/http/one-line.ts';

it.each([
  { text: '  two\r\n\tlines ', line: 'two lines' },
  { text: '\u001b[31mred\u0000', line: '[31mred' },
  { text: 'exactly10c', line: 'exactly10c' },
  { text: 'eleven char', line: 'eleven ch…' },
])('$text becomes $line', ({ text, line }) => {
  expect(oneLine(text, 10)).toBe(line);
});
