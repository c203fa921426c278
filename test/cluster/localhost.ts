import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** An address on localhost that leads to another: some clients speak plain HTTP to no other host. */
export async function onLocalhost(address: string): Promise<AsyncDisposable & { readonly address: string }> {
  const [host = '', port = ''] = address.split(':');
  const server = createServer((incoming) => {
    const outgoing = connect(Number(port), host);
    incoming.pipe(outgoing).pipe(incoming);
    incoming.on('error', () => outgoing.destroy());
    outgoing.on('error', () => incoming.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port was bound');
  return {
    address: `localhost:${bound.port}`,
    [Symbol.asyncDispose]: async () => {
      server.close();
    },
  };
}
