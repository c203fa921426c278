import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { PullSecretReader } from '../ports/pull-secrets.ts';
import type { PullAccess } from '../ports/registry.ts';
import type { World } from './command.ts';
import { CommandError, EXIT } from './exit-code.ts';

const NO_CREDENTIALS = '{"auths":{}}';

const DockerConfig = z.object({
  auths: z.record(z.string(), z.unknown()).default({}),
  credsStore: z.string().optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
});

/** The credentials of `docker login`, in the clothes of a pull secret. */
export interface DockerLogin {
  readonly access: PullAccess;
  readonly reader: PullSecretReader;
}

/** Reads the file once. Without one, nobody is logged in; one that cannot be read is a CommandError. */
export async function dockerLogin({ environment, tell }: World): Promise<DockerLogin> {
  const file = join(environment.DOCKER_CONFIG || join(homedir(), '.docker'), 'config.json');
  const json = await readConfig(file);
  const { auths, credHelpers, credsStore } = understood(file, json);
  if (credsStore !== undefined || credHelpers !== undefined)
    tell(`${file} names credential helpers, which are not asked; only what is in its auths is used`);
  return {
    access: { namespace: dirname(file), imagePullSecrets: [basename(file)] },
    reader: {
      pullSecret: async () => ({ format: 'dockerconfigjson', json: JSON.stringify({ auths }) }),
      imagePullSecretsOf: async () => [],
    },
  };
}

async function readConfig(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return NO_CREDENTIALS;
    throw new CommandError(EXIT.failed, `${file} cannot be read; DOCKER_CONFIG names another folder`, {
      cause,
    });
  }
}

function understood(file: string, json: string): z.infer<typeof DockerConfig> {
  try {
    return DockerConfig.parse(JSON.parse(json));
  } catch (cause) {
    throw new CommandError(
      EXIT.failed,
      `${file} is not a Docker configuration; write it anew by docker login`,
      {
        cause,
      },
    );
  }
}
