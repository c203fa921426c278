import type { ProtectedDocument } from '../../src/cli/protected-document.ts';
import type { Answer } from './scripted-api-server.ts';

/** What an operator answers that protects nothing and knows it. */
export const aProtectedDocument = (changes: Partial<ProtectedDocument> = {}): ProtectedDocument => ({
  owner: '1a2b3c4d',
  generatedAt: new Date().toISOString(),
  complete: true,
  missing: [],
  digests: [],
  ...changes,
});

/** Answers every request with the document as it is then. */
export const answering =
  (document: () => unknown, status = 200): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document()));
  };
