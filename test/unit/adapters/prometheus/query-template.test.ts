// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a query look like that
import { describe, expect, it } from 'vitest';
import { renderQuery } from '../../../../src/adapters/prometheus/query-template.ts';

const variables = { pods: '^a\\.b-.*$', window: '37s', workload: '$window' };

describe('renderQuery', () => {
  it.each([
    { template: 'x[$window]', rendered: 'x[37s]', why: 'a variable' },
    { template: 'x[${window}]', rendered: 'x[37s]', why: 'braces' },
    {
      template: 'x{pod=~"$pods"}',
      rendered: 'x{pod=~"^a\\\\.b-.*$"}',
      why: 'backslashes doubled for PromQL',
    },
    { template: '$workload', rendered: '$window', why: 'one pass: a value is not rendered again' },
    { template: 'x{code=~"5..$"}', rendered: 'x{code=~"5..$"}', why: 'the end of a regular expression' },
    {
      template: 'label_replace(x, "a", "$1", "b", "(.*)")',
      rendered: 'label_replace(x, "a", "$1", "b", "(.*)")',
      why: 'a group of label_replace',
    },
    { template: 'a$$window', rendered: 'a$37s', why: 'only the dollar sign next to the name' },
  ])('knows $why', ({ template, rendered }) => {
    expect(renderQuery(template, variables)).toBe(rendered);
  });

  it.each(['$windows', '${pod}', '$constructor', '$__interval', '$WINDOW'])('refuses %s', (template) => {
    expect(() => renderQuery(template, variables)).toThrow(
      `unknown variable ${template}; use $pods $window $workload`,
    );
  });

  it.each(['"', "'", '`', '\n', '\u0000'])('refuses a value that would end its string: %j', (character) => {
    expect(() => renderQuery('$pods', { pods: `a${character}} or vector(0)` })).toThrow('contains a quote');
  });
});
