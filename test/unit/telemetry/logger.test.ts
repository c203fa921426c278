import { describe, expect, it } from 'vitest';
import { createLogger } from '../../../src/telemetry/logger.ts';

function logged(write: (logger: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  write(createLogger('info', { write: (line) => void lines.push(line) }));
  return lines.map((line) => JSON.parse(line));
}

describe('logger', () => {
  it('writes JSON with the level in words and no process details', () => {
    const [line] = logged((logger) => logger.info({ key: 'shop/a' }, 'reconciled'));
    expect(line).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      key: 'shop/a',
      msg: 'reconciled',
    });
  });

  it('is silent below its level', () => {
    expect(logged((logger) => logger.debug('detail'))).toEqual([]);
  });

  it.each([
    { where: 'at the top', fields: { token: 'hush' } },
    { where: 'one object down', fields: { user: { password: 'hush' } } },
    { where: 'two objects down', fields: { request: { headers: { authorization: 'hush' } } } },
  ])('hides secrets $where', ({ fields }) => {
    expect(JSON.stringify(logged((logger) => logger.info(fields, 'called')))).not.toContain('hush');
  });

  it('writes name, message and cause of an error and none of its other fields', () => {
    const error = Object.assign(new TypeError('bad', { cause: new Error('worse') }), { body: 'hush' });
    const [line] = logged((logger) => logger.error({ err: error }, 'failed'));
    expect(line?.err).toEqual({
      name: 'TypeError',
      message: 'bad',
      stack: expect.any(String),
      cause: 'Error: worse',
    });
  });
});
