import { describe, expect, it } from 'vitest';
import { readPredicate } from '../../../../../src/adapters/sigstore-verifier/predicates/predicate.ts';

describe('provenance', () => {
  const v1 = (externalParameters: object, ...resolvedDependencies: object[]) =>
    readPredicate('https://slsa.dev/provenance/v1', {
      buildDefinition: {
        buildType: 'https://actions.github.io/buildtypes/workflow/v1',
        externalParameters,
        resolvedDependencies,
      },
      runDetails: {
        builder: { id: 'https://github.com/actions/runner' },
        metadata: {
          invocationId: 'https://git.example/acme/app/actions/runs/1',
          startedOn: '2026-11-24T06:00:00Z',
        },
      },
    });
  const workflow = {
    repository: 'https://git.example/acme/app',
    ref: 'refs/tags/v1',
    path: '.github/workflows/release.yml',
  };
  const dependency = {
    uri: 'git+https://git.example/acme/app@refs/tags/v1',
    digest: { gitCommit: 'a'.repeat(40) },
  };

  it('v1 says who built what from where', () => {
    expect(v1({ workflow }, dependency, { uri: 'pkg:docker/node', digest: { sha256: 'b' } })).toEqual({
      kind: 'Provenance',
      builder: 'https://github.com/actions/runner',
      buildType: 'https://actions.github.io/buildtypes/workflow/v1',
      source: 'https://git.example/acme/app',
      ref: 'refs/tags/v1',
      commit: 'a'.repeat(40),
      workflow: '.github/workflows/release.yml',
      run: 'https://git.example/acme/app/actions/runs/1',
      startedAt: '2026-11-24T06:00:00.000Z',
    });
  });

  it('names no commit where several dependencies could be the source', () => {
    const other = { uri: 'git+https://git.example/acme/lib', digest: { gitCommit: 'c'.repeat(40) } };
    expect(v1({}, dependency, other)).not.toHaveProperty('commit');
    expect(v1({ workflow }, other)).toMatchObject({ source: 'https://git.example/acme/app' });
    expect(v1({ workflow }, other)).not.toHaveProperty('commit');
    expect(v1({}, dependency)).toMatchObject({ commit: 'a'.repeat(40) });
  });

  it('v0.2 likewise', () => {
    const predicate = {
      builder: { id: 'b' },
      buildType: 't',
      invocation: {
        configSource: { uri: dependency.uri, digest: { sha1: 'd'.repeat(40) }, entryPoint: 'e' },
      },
      metadata: { buildFinishedOn: '2026-11-24T06:00:00Z' },
    };
    expect(readPredicate('https://slsa.dev/provenance/v0.2', predicate)).toEqual({
      kind: 'Provenance',
      builder: 'b',
      buildType: 't',
      source: 'https://git.example/acme/app',
      ref: 'refs/tags/v1',
      commit: 'd'.repeat(40),
      workflow: 'e',
      finishedAt: '2026-11-24T06:00:00.000Z',
    });
  });
});
