import { onTestFinished } from 'vitest';
import { ApiClient, type ApiClientOptions } from '../../src/adapters/kubernetes/api-client.ts';
import { type Answer, ScriptedApiServer } from './scripted-api-server.ts';

/** A client of a server that answers as the script says, and goes with the running test. */
export async function aClient(answer: Answer, options: Partial<ApiClientOptions> = {}) {
  const server = await ScriptedApiServer.start(answer);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { server, client: new ApiClient({ access: server.access, ...options }) };
}
